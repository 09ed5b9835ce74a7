/// What it took to build an index.
struct BuildCost: Codable, Equatable {
  var seconds: Double
  /// Of the backend that built it; nil where the server is not on this machine.
  var cpuSeconds: Double?
  /// What the whole server wrote to its write-ahead log meanwhile.
  var walBytes: Int
}

/// What is in a table that a measurement left, to know it again: kept as the table's comment.
struct TableContents: Codable, Equatable {
  var rows: Int
  var dimensions: Int
  /// Of the vectors, as `VectorSet` has it.
  var checksum: String
}

/// How an index that a measurement left was built: kept as the index's comment.
struct IndexContents: Codable, Equatable {
  var operatorClass: String
  var options: GraphOptions
  var build: BuildCost
}

/// The comments on what measurements make.
enum BenchComment {
  /// What all of them begin with.
  static let prefix = "lantern bench: "

  /// The text of a comment.
  static func encode(_ contents: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return prefix + String(decoding: try encoder.encode(contents), as: UTF8.self)
  }

  /// Whether a comment is one of these.
  static func isOurs(_ comment: String) -> Bool { comment.hasPrefix(prefix) }

  /// Reads a comment; nil where it is another one.
  static func decode<Contents: Decodable>(_ comment: String?) -> Contents? {
    guard let comment, isOurs(comment) else { return nil }
    return try? JSONDecoder().decode(
      Contents.self, from: Data(comment.dropFirst(prefix.count).utf8))
  }
}
