import ArgumentParser

/// Throws an error for people about the first option, by its name, whose value is below 1; nil is
/// an option that is not given.
func requireAtLeastOne(_ options: KeyValuePairs<String, Int?>) throws {
  for (name, value) in options where value ?? 1 < 1 {
    throw ValidationError("--\(name) must be at least 1.")
  }
}
