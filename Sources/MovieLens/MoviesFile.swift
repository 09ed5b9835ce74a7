/// MovieLens' `movies.dat`: a line per film, `id::title::genres`, the genres separated by `|`.
///
/// MovieLens writes Latin-1. A file that has been converted to UTF-8 is recognised by being valid
/// UTF-8, which Latin-1 text with accents practically never is. Blank lines are skipped.
public enum MoviesFile {
  /// Reads every film, in the order of the file. `file` is the name for error messages.
  public static func parse(
    _ bytes: [UInt8], file: String
  ) throws(MalformedFile) -> [Located<Film>] {
    let isUTF8 = String(validating: bytes, as: UTF8.self) != nil
    var seen = SeenFilms()
    var films: [Located<Film>] = []
    for line in lines(of: bytes) {
      let film = try parseFilm(line, isUTF8: isUTF8, file: file)
      try seen.insert(film.id, line: line.line, file: file)
      films.append(Located(value: film, line: line.line))
    }
    guard !films.isEmpty else { throw MalformedFile(file: file, message: "there is no film in it") }
    return films
  }

  /// Writes films in Latin-1; a character that Latin-1 has not becomes `?`.
  public static func encode(_ films: [Film]) -> [UInt8] {
    films.flatMap { film in
      "\(film.id)::\(film.title)::\(film.genres.joined(separator: "|"))\n".unicodeScalars
        .map { UInt8(exactly: $0.value) ?? UInt8(ascii: "?") }
    }
  }

  private static func parseFilm(
    _ line: Located<ArraySlice<UInt8>>, isUTF8: Bool, file: String
  ) throws(MalformedFile) -> Film {
    let bytes = line.value
    func malformed(_ message: String, at index: Int) -> MalformedFile {
      MalformedFile(
        file: file, line: line.line, column: index - bytes.startIndex + 1, message: message)
    }
    func text(_ field: ArraySlice<UInt8>) -> String {
      isUTF8
        ? String(decoding: field, as: UTF8.self)
        : String(String.UnicodeScalarView(field.map { Unicode.Scalar($0) }))
    }

    let fields = split(bytes)
    guard fields.count == 3 else {
      throw malformed(
        "expected id::title::genres, found \(fields.count) field\(fields.count == 1 ? "" : "s")",
        at: bytes.startIndex)
    }
    guard let id = Int32(text(fields[0])) else {
      throw malformed(
        "expected a film's id, a whole number of at most 32 bits, found \"\(text(fields[0]))\"",
        at: fields[0].startIndex)
    }
    for (field, name) in zip(fields.dropFirst(), ["a title", "genres"])
    where !field.contains(where: { !isSpace($0) }) {
      throw malformed("expected \(name), found nothing", at: field.startIndex)
    }
    if let nul = bytes.firstIndex(of: 0) {
      throw malformed("a zero byte, which text in PostgreSQL cannot hold", at: nul)
    }
    let genres = text(fields[2]).split(separator: "|", omittingEmptySubsequences: false)
    guard !genres.contains("") else {
      throw malformed(
        "expected genres with one | between them, found an empty one", at: fields[2].startIndex)
    }
    return Film(id: id, title: text(fields[1]), genres: genres.map(String.init))
  }

  /// Splits a line at every `::`.
  private static func split(_ line: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    var fields: [ArraySlice<UInt8>] = []
    var rest = line
    while let colon = rest.indices.first(where: {
      rest[$0] == UInt8(ascii: ":") && $0 + 1 < rest.endIndex && rest[$0 + 1] == UInt8(ascii: ":")
    }) {
      fields.append(rest[..<colon])
      rest = rest[(colon + 2)...]
    }
    return fields + [rest]
  }
}
