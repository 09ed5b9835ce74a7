import MovieLens

/// The vectors that a measurement searches, and those it searches with.
struct BenchData {
  /// The vectors that go into the table; a row's id is its number, from 0.
  var base: VectorSet
  var queries: VectorSet
  /// The base's file as the user gave it.
  var baseName: String
  /// That of the queries; nil where they were held back from the base.
  var queriesName: String?

  /// Reads both files, of the base the first `rows` rows. Without a file of queries a tenth of the
  /// base, and at most a thousand, is not loaded but searched with.
  static func read(base: String, queries: String?, rows: Int?) throws -> BenchData {
    var vectors = try readVectors(base, limit: rows)
    if let rows, vectors.count < rows {
      throw CommandFailure("\(base) has \(grouped(vectors.count)) rows, and --rows asks for more")
    }
    guard let queries else {
      guard vectors.count > 1 else {
        throw CommandFailure("\(base) has one vector only", hint: "give a file with --queries")
      }
      let held = vectors.holdOut(atMost: 1_000)
      return BenchData(base: vectors, queries: held, baseName: base, queriesName: nil)
    }
    let wanted = try readVectors(queries, limit: nil)
    guard wanted.dimensions == vectors.dimensions else {
      throw CommandFailure(
        "the vectors of \(queries) have \(wanted.dimensions) dimensions, and those of \(base) "
          + "have \(vectors.dimensions)")
    }
    return BenchData(base: vectors, queries: wanted, baseName: base, queriesName: queries)
  }

  /// Reads `.fvecs`, `.bvecs`, `.ivecs`, or the lines `id:[v, v, ...]` of MovieLens' vectors.
  private static func readVectors(_ path: String, limit: Int?) throws -> VectorSet {
    let ending = path.split(separator: ".").last.map { $0.lowercased() } ?? ""
    if let component = VecsFile.Component(rawValue: ending) {
      return try VecsFile(mapFile(path), component: component, name: path, limit: limit).vectors()
    }
    guard ending == "txt" else {
      throw CommandFailure(
        "the name of \(path) does not say what is in it",
        hint: "it should end in .fvecs, .bvecs or .ivecs, or in .txt for lines \"id:[v, v, ...]\"")
    }
    let vectors = try VectorsFile.parseQueries(readFile(path), file: path).prefix(limit ?? .max)
    return VectorSet(dimensions: vectors[0].count, values: vectors.flatMap { $0 })
  }
}
