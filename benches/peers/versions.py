"""Prints what the peers are: versions, kernels that run, threads."""

import platform

import numpy as np
import scipy

print(f"Python {platform.python_version()}, NumPy {np.__version__}, SciPy {scipy.__version__}")
found = np.show_config(mode="dicts")
print("NumPy's vector instructions found on this machine:", ", ".join(found["SIMD Extensions"].get("found", [])) or "none")
print("BLAS:", found["Build Dependencies"]["blas"].get("openblas configuration", found["Build Dependencies"]["blas"]["name"]))
try:
    import threadpoolctl
except ImportError:
    pass
else:
    for pool in threadpoolctl.threadpool_info():
        print(f"{pool['internal_api']} {pool.get('version')}: kernels for {pool.get('architecture')}, {pool['num_threads']} threads")
try:
    import torch
except ImportError:
    print("PyTorch is not installed")
else:
    print(f"PyTorch {torch.__version__}, CPU capability {torch.backends.cpu.get_cpu_capability()}, {torch.get_num_threads()} threads")
