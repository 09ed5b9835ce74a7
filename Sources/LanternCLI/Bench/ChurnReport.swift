/// What `lantern bench --churn` measured.
struct ChurnReport: Encodable {
  var kind: ChurnKind
  /// The base's file, as the user gave it.
  var base: String
  var dimensions: Int
  var queries: Int
  var metric: BenchMetric
  var k: Int
  /// As the server tells it.
  var serverVersion: String
  /// Ours first.
  var indexes: [ChurnSubjectReport]
}

/// One index through all rounds.
struct ChurnSubjectReport: Encodable {
  var name: String
  /// The extension's.
  var version: String
  /// The storage parameters of `CREATE INDEX`.
  var options: String
  /// The first is the index as it was built.
  var rounds: [ChurnRound]
  /// After the last, built anew.
  var fresh: ChurnRound?
}

/// An index after a round of changes and VACUUM.
struct ChurnRound: Encodable {
  var round: Int
  var indexBytes: Int
  var deleted = 0
  /// Inserts or updates.
  var insert: WriteCost?
  var vacuum: WriteCost?
  var points: [ChurnPoint] = []

  init(round: Int, indexBytes: Int) {
    self.round = round
    self.indexBytes = indexBytes
  }
}

/// The mean recall of the queries at one `ef`.
struct ChurnPoint: Encodable, Equatable {
  var ef: Int
  var recall: Double
}

extension ChurnReport {
  /// The report for people: facts, and a table for each index.
  func text(style: Style) -> String {
    let facts = TextTable.facts([
      ["data", "\(base), \(dimensions) dimensions, \(metric.title)"],
      ["rounds", "\(kind.rawValue), each with a VACUUM"],
      ["queries", "\(grouped(queries)), k = \(k)"],
      ["server", "PostgreSQL \(serverVersion)"],
    ]).lines(style: style)
    return ([facts] + indexes.map { $0.lines(k: k, style: style) })
      .map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
  }
}

extension ChurnSubjectReport {
  fileprivate func lines(k: Int, style: Style) -> [String] {
    let all =
      rounds.map { ($0.round == 0 ? "built" : "\($0.round)", $0) }
      + (fresh.map { [("built anew", $0)] } ?? [])
    let table = TextTable(
      columns: [
        .init(title: "round"), .init(title: "size", alignment: .right),
        .init(title: "write CPU", alignment: .right),
        .init(title: "VACUUM CPU", alignment: .right),
      ] + rounds[0].points.map { .init(title: "recall@\(k), ef \($0.ef)", alignment: .right) },
      rows: all.map { name, round in
        [
          name, byteSize(round.indexBytes), Self.seconds(round.insert), Self.seconds(round.vacuum),
        ] + round.points.map { fixed($0.recall, 4) }
      })
    return ["\(style.accent(style.bold(name))) \(version)  \(options)"] + table.lines(style: style)
  }

  private static func seconds(_ cost: WriteCost?) -> String {
    cost?.cpuSeconds.map { "\(fixed($0, 2)) s" } ?? "-"
  }
}
