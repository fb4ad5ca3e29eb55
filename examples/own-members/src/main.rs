//! Every command of gradsieve, with three members more.

fn main() -> std::process::ExitCode {
    own_members::program().main()
}
