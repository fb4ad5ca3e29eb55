//! The JSON schema of the experiment file, generated from the types, for editors.

use super::spec::check::CheckSpec;
use super::spec::claim::Claim;
use super::spec::paper::PaperSpec;
use super::spec::plot::PlotSpec;
use super::spec::run::RunSpec;
use serde_json::{Value, json};

/// The schema: the keys of a run, each of which may hold a list, and the file's own keys.
#[must_use]
pub fn schema() -> Value {
    let mut generator = schemars::SchemaGenerator::default();
    let plot = generator.subschema_for::<PlotSpec>().to_value();
    let check = generator.subschema_for::<CheckSpec>().to_value();
    let claim = generator.subschema_for::<Claim>().to_value();
    let paper = generator.subschema_for::<PaperSpec>().to_value();
    let mut schema = generator.into_root_schema_for::<RunSpec>().to_value();
    axes_everywhere(&mut schema);
    schema["title"] = "gradsieve experiment".into();
    schema["description"] = "Any list outside of `record` is an axis of a grid.".into();
    let own = json!({
        "question": { "type": "string", "description": "What the experiment asks." },
        "interpretation": { "type": "string", "description": "How its results read." },
        "data_dir": { "type": "string", "description": "Folder with data sets, relative to the file's own folder." },
        "seeds": { "type": "array", "items": { "type": "integer", "minimum": 0 }, "minItems": 1,
            "description": "One replicate of every run per seed." },
        "zip": { "type": "array", "items": { "type": "array", "items": { "type": "string" } },
            "description": "Groups of dotted keys whose lists vary together." },
        "plot": { "type": "array", "items": plot, "description": "The figures." },
        "check": check,
        "claim": { "type": "array", "items": claim, "description": "What the experiment asserts of its results." },
        "paper": paper,
        "full": { "type": "object", "description": "Keys of a run that differ at full size, for --full." },
        "quick": { "type": "object", "description": "Keys of a run that differ in a short try, for --quick." },
    });
    if let (Some(properties), Value::Object(own)) = (schema["properties"].as_object_mut(), own) {
        properties.extend(own);
    }
    schema
}

/// Lets every property of a run hold a list of alternatives, except in the recording.
fn axes_everywhere(schema: &mut Value) {
    match schema {
        Value::Object(table) => {
            for (key, value) in table.iter_mut() {
                match (key.as_str(), value) {
                    ("RecordSpec" | "PlotSpec" | "CheckSpec" | "Claim" | "PaperSpec", _) => {}
                    ("properties", Value::Object(properties)) => {
                        for (name, property) in properties.iter_mut() {
                            axes_everywhere(property);
                            if name != "record" && property.get("const").is_none() {
                                let single = property.take();
                                *property = json!({ "anyOf": [
                                    single, { "type": "array", "items": single, "minItems": 1 } ] });
                            }
                        }
                    }
                    (_, value) => axes_everywhere(value),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(axes_everywhere),
        _ => {}
    }
}
