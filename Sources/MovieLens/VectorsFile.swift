/// PaddleRec's `movie_vectors.txt`: a line per film, `id:[v, v, ...]`, every vector of one length.
public enum VectorsFile {
  /// Reads every vector, in the order of the file. `file` is the name for error messages.
  public static func parse(
    _ bytes: [UInt8], file: String
  ) throws(MalformedFile) -> [Located<FilmVector>] {
    var seen = SeenFilms()
    var vectors: [Located<FilmVector>] = []
    for line in lines(of: bytes) {
      var reader = VectorReader(line, file: file)
      let vector = FilmVector(film: try reader.readID(), values: try reader.readVector())
      try seen.insert(vector.film, line: line.line, file: file)
      try checkLength(
        of: vector.values, like: vectors.first?.value.values, file: file, line: line.line)
      vectors.append(Located(value: vector, line: line.line))
    }
    guard !vectors.isEmpty else {
      throw MalformedFile(file: file, message: "there is no vector in it")
    }
    return vectors
  }

  /// Reads vectors with or without an id before them: `[v, v, ...]` or `id:[v, v, ...]`.
  public static func parseQueries(_ bytes: [UInt8], file: String) throws(MalformedFile) -> [[Float]]
  {
    var queries: [[Float]] = []
    for line in lines(of: bytes) {
      var reader = VectorReader(line, file: file)
      if !reader.startsWithBracket { _ = try reader.readID() }
      let values = try reader.readVector()
      try checkLength(of: values, like: queries.first, file: file, line: line.line)
      queries.append(values)
    }
    guard !queries.isEmpty else {
      throw MalformedFile(file: file, message: "there is no vector in it")
    }
    return queries
  }

  /// Writes vectors, each component as the shortest decimal number that reads back as the same
  /// Float.
  public static func encode(_ vectors: [FilmVector]) -> [UInt8] {
    vectors.flatMap { vector in
      Array("\(vector.film):[\(vector.values.map { "\($0)" }.joined(separator: ", "))]\n".utf8)
    }
  }

  private static func checkLength(
    of values: [Float], like first: [Float]?, file: String, line: Int
  ) throws(MalformedFile) {
    guard let first, first.count != values.count else { return }
    throw MalformedFile(
      file: file, line: line,
      message: "expected \(first.count) components as in the lines before it, found \(values.count)"
    )
  }
}

/// Reads one line of a vectors file from left to right.
struct VectorReader {
  private let line: Located<ArraySlice<UInt8>>
  private let file: String
  private var position: Int

  init(_ line: Located<ArraySlice<UInt8>>, file: String) {
    self.line = line
    self.file = file
    position = line.value.startIndex
    skipSpaces()
  }

  var startsWithBracket: Bool { peek == UInt8(ascii: "[") }

  /// Reads `id:`.
  mutating func readID() throws(MalformedFile) -> Int32 {
    let start = position
    let token = readToken(until: [UInt8(ascii: ":"), UInt8(ascii: "[")])
    guard let id = Int32(token) else {
      throw malformed(
        "expected id:[v, v, ...], found \"\(token.prefix(20))\" for the id", at: start)
    }
    try read(UInt8(ascii: ":"), "\":\" after the film's id")
    return id
  }

  /// Reads `[v, v, ...]` to the end of the line.
  mutating func readVector() throws(MalformedFile) -> [Float] {
    try read(UInt8(ascii: "["), "\"[\" before the vector")
    var values: [Float] = []
    repeat {
      values.append(try readComponent(values.count + 1))
    } while skip(UInt8(ascii: ","))
    try read(UInt8(ascii: "]"), "\"]\" after the vector")
    skipSpaces()
    if position < line.value.endIndex {
      throw malformed("expected the end of the line after the vector", at: position)
    }
    return values
  }

  private mutating func readComponent(_ number: Int) throws(MalformedFile) -> Float {
    skipSpaces()
    let start = position
    let token = readToken(until: [UInt8(ascii: ","), UInt8(ascii: "]")])
    // Swift would read hexadecimal numbers and words for what is not finite too.
    let isDecimal = token.utf8.allSatisfy { Self.decimalCharacters.contains($0) }
    let word = token.lowercased()
    guard isDecimal || word.contains("nan") || word.contains("inf"), let value = Float(token) else {
      throw malformed(
        "expected a number for component \(number), found \"\(token.prefix(20))\"", at: start)
    }
    guard value.isFinite else {
      throw malformed(
        "component \(number) must be a finite number within the range of real, not \(token)",
        at: start)
    }
    return value
  }

  private static let decimalCharacters = Set("0123456789+-.eE".utf8)

  private var peek: UInt8? { position < line.value.endIndex ? line.value[position] : nil }

  private mutating func skipSpaces() {
    while let byte = peek, isSpace(byte) { position += 1 }
  }

  private mutating func skip(_ byte: UInt8) -> Bool {
    skipSpaces()
    guard peek == byte else { return false }
    position += 1
    return true
  }

  private mutating func read(_ byte: UInt8, _ name: String) throws(MalformedFile) {
    if !skip(byte) { throw malformed("expected \(name)", at: position) }
  }

  /// Reads up to one of the bytes or the end of the line, without the spaces before it.
  private mutating func readToken(until ends: [UInt8]) -> String {
    let start = position
    while let byte = peek, !ends.contains(byte) { position += 1 }
    var token = line.value[start..<position]
    while let last = token.last, isSpace(last) { token.removeLast() }
    return String(decoding: token, as: UTF8.self)
  }

  private func malformed(_ message: String, at index: Int) -> MalformedFile {
    MalformedFile(
      file: file, line: line.line, column: index - line.value.startIndex + 1, message: message)
  }
}
