import MovieLens
import PostgresClient

/// Makes the table of films and fills it.
struct MovieLoader {
  var connection: Connection
  /// As the user wrote it.
  var table: String

  /// Loads the films in one transaction, and indexes their vectors if `index` is given.
  func load(_ catalogue: Catalogue, replace: Bool, index: IndexProgress?) throws -> LoadReport {
    let name = try connection.quotedName(table)
    return try connection.transaction {
      if replace { try dropTable(name) }
      try createTable(name)
      try copy(catalogue, into: name)
      // Without statistics the first queries would be planned on guesses.
      try connection.query("ANALYZE \(name)")
      let built = try index.map {
        try IndexBuilder(connection: connection, table: name)
          .build(dimensions: catalogue.dimensions, rows: catalogue.films.count, progress: $0)
      }
      return LoadReport(
        table: name, films: catalogue.films.count, dimensions: catalogue.dimensions,
        unusedVectors: catalogue.unusedVectors, index: built)
    }
  }

  private func dropTable(_ name: String) throws {
    // DROP TABLE IF EXISTS would say that there is none, which is no news.
    let exists: Bool = try connection.query("SELECT to_regclass($1) IS NOT NULL", [.text(name)])
      .single()
    if exists { try connection.query("DROP TABLE \(name)") }
  }

  private func createTable(_ name: String) throws {
    do {
      try connection.query(
        "CREATE TABLE \(name) (id integer, title text, genres text, vector real[])")
    } catch {
      guard error.sqlState == "42P07" else { throw error }  // duplicate_table
      throw CommandFailure(error.message, hint: "--replace drops it and loads it anew")
    }
  }

  private func copy(_ catalogue: Catalogue, into name: String) throws {
    var progress = ProgressBar()
    defer { progress.clear() }
    let count = catalogue.films.count
    let copied = try connection.copyIn(
      "COPY \(name) (id, title, genres, vector) FROM STDIN (FORMAT binary)", rows: count
    ) { row, encoder in
      let film = catalogue.films[row]
      encoder.beginRow(fields: 4)
      encoder.append(film.id)
      encoder.append(film.title)
      encoder.append(film.genres.joined(separator: "|"))
      encoder.append(catalogue.vectors[row])
      progress.update("loading", done: row + 1, of: count)
    }
    guard copied == count else {
      throw CommandFailure("the server took \(copied) of \(count) films")
    }
  }
}
