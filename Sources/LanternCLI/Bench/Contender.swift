import ArgumentParser
import PostgresClient

/// How the graph of an index is made.
struct GraphOptions: Codable, Equatable {
  var m: Int
  var efConstruction: Int
  /// Lantern's; nil for the others.
  var quantBits: Int?
  /// Lantern's, where not its default; nil for the others.
  var codeBits: Int?
}

/// Another extension to compare with.
enum Opponent: String, CaseIterable, ExpressibleByArgument {
  case pgvector
}

/// One of the indexes that are measured: everything in which one extension differs from another.
struct Contender {
  /// For people, and the name of its table.
  var name: String
  /// In `pg_extension`.
  var extensionName: String
  /// Of the column.
  var type: String
  var accessMethod: String
  var operatorClass: String
  var options: GraphOptions
  /// The storage parameters of `CREATE INDEX`.
  var storageParameters: String
  /// The setting that says how hard a search looks.
  var efSetting: String
  /// The largest value that it takes.
  var largestEf: Int
  /// A vector as a parameter.
  var parameter: @Sendable (ArraySlice<Float>) -> Parameter
  /// A vector as a value of COPY.
  var encode: (ArraySlice<Float>, inout BinaryCopyEncoder) -> Void
  /// A vector as a literal's text.
  var literal: (ArraySlice<Float>) -> String

  /// Inserts rows of the vectors by one COPY, and calls `progress` with the number of those sent.
  func copy(
    _ rows: [Int], of vectors: VectorSet, into table: String, on connection: Connection,
    progress: (Int) -> Void = { _ in }
  ) throws {
    _ = try connection.copyIn(
      "COPY \(table) (id, v) FROM STDIN (FORMAT binary)", rows: rows.count
    ) { number, encoder in
      encoder.beginRow(fields: 2)
      encoder.append(Int32(rows[number]))
      encode(vectors[rows[number]], &encoder)
      progress(number + 1)
    }
  }

  /// This extension's index on a column of `real[]`.
  static func lantern(_ options: GraphOptions, metric: BenchMetric, dimensions: Int) -> Contender {
    Contender(
      name: "lantern", extensionName: "lantern", type: "real[]", accessMethod: "lantern_hnsw",
      operatorClass: metric == .l2sq ? "dist_l2sq_ops" : "dist_cos_ops", options: options,
      storageParameters: "dim = \(dimensions), m = \(options.m), "
        + "ef_construction = \(options.efConstruction)"
        + (options.quantBits.map { ", quant_bits = \($0)" } ?? "")
        + (options.codeBits.map { ", code_bits = \($0)" } ?? ""),
      efSetting: "lantern_hnsw.ef", largestEf: 2_000, parameter: { .realArray(Array($0)) },
      encode: { $1.append(Array($0)) }, literal: { "{\(list($0))}" })
  }

  /// pgvector's index on a column of its type; its graph has no options of quantization.
  static func pgvector(_ options: GraphOptions, metric: BenchMetric, dimensions: Int) -> Contender {
    var options = options
    options.quantBits = nil
    options.codeBits = nil
    return Contender(
      name: "pgvector", extensionName: "vector", type: "vector(\(dimensions))",
      accessMethod: "hnsw",
      operatorClass: metric == .l2sq ? "vector_l2_ops" : "vector_cosine_ops", options: options,
      storageParameters: "m = \(options.m), ef_construction = \(options.efConstruction)",
      efSetting: "hnsw.ef_search", largestEf: 1_000,
      parameter: { .binary(PgvectorFormat.bytes(of: $0), type: 0) },
      encode: { $1.append(raw: PgvectorFormat.bytes(of: $0)) }, literal: { "[\(list($0))]" })
  }

  private static func list(_ vector: ArraySlice<Float>) -> String {
    vector.map { "\($0)" }.joined(separator: ",")
  }
}

extension Opponent {
  /// Its index.
  func contender(_ options: GraphOptions, metric: BenchMetric, dimensions: Int) -> Contender {
    switch self {
    case .pgvector: .pgvector(options, metric: metric, dimensions: dimensions)
    }
  }
}

/// The binary format of pgvector's type, as its `vector_recv` reads it.
enum PgvectorFormat {
  /// Two int16, the dimensions and 0, and the components as float4, all in network order.
  static func bytes(of vector: ArraySlice<Float>) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(4 + 4 * vector.count)
    bytes += [
      UInt8(truncatingIfNeeded: vector.count >> 8), UInt8(truncatingIfNeeded: vector.count),
    ]
    bytes += [0, 0]
    for component in vector {
      withUnsafeBytes(of: component.bitPattern.bigEndian) { bytes.append(contentsOf: $0) }
    }
    return bytes
  }
}
