import ArgumentParser

/// What `lantern bench` measures of writing, instead of searching.
struct WriteOptions: ParsableArguments {
  @Flag(help: "Measure inserts, two writers at once, and VACUUM, instead of searches.")
  var writes = false

  @Option(
    help: ArgumentHelp(
      "Measure recall and size through rounds of changes and VACUUM: random, cluster, update, "
        + "halve or drop.", valueName: "kind"))
  var churn: ChurnKind?

  @Option(help: "With --churn random, cluster or update: how many rounds.")
  var rounds = 10

  @Option(help: "With --writes: how many rows each writer inserts in each pass.")
  var inserts = 400

  func validate() throws {
    if writes && churn != nil { throw ValidationError("--writes and --churn exclude each other.") }
    try requireAtLeastOne(["rounds": rounds, "inserts": inserts])
  }
}

/// What happens to the rows between two vacuums.
enum ChurnKind: String, CaseIterable, Encodable, ExpressibleByArgument {
  /// A tenth of the rows, anywhere, is deleted, and as many others come.
  case random
  /// The same, the deleted ones being those around a row.
  case cluster
  /// A column without an index of every row is changed.
  case update
  /// Half of the rows, anywhere, is deleted, once.
  case halve
  /// A tenth of the rows, all around one, is deleted, once.
  case drop

  /// Whether there is one round only.
  var isSingle: Bool { self == .halve || self == .drop }
}
