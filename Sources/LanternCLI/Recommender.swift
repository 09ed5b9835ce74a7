import MovieLens
import PostgresClient

/// Finds films in a table and the films nearest to them.
struct Recommender {
  private let connection: Connection
  private let table: String

  init(connection: Connection, table: String) throws {
    self.connection = connection
    self.table = try connection.quotedName(table)
  }

  /// The film with an id.
  func film(id: Int32) throws -> Recommendations.StoredFilm {
    guard let film = try films("WHERE id = $1", [.integer(id)]).first else {
      throw CommandFailure("there is no film \(id) in \(table)")
    }
    return film
  }

  /// The one film whose title matches best; where several match equally well, the error lists them.
  func film(titled title: String) throws -> Recommendations.StoredFilm {
    let films = try films("ORDER BY id")
    let matches = TitleSearch(title).bestMatches(among: films.map(\.title)).map { films[$0] }
    guard let film = matches.first else {
      throw CommandFailure("no film in \(table) has a title like \"\(title)\"")
    }
    guard matches.count == 1 else { throw Self.ambiguous(title, matches) }
    return film
  }

  /// Lantern's notebook's query. A film without a vector is an error.
  func recommend(_ film: Recommendations.StoredFilm, limit: Int) throws -> Recommendations {
    let id = Parameter.integer(Int32(film.id))
    let stored = try connection.query(
      "SELECT vector FROM \(table) WHERE id = $1", [id], binary: true)
    guard let row = stored.rows.first, !row.isNull(0) else {
      throw CommandFailure("film \(film.id) in \(table) has no vector")
    }
    let vector = Parameter.binary(row.bytes(0), type: row.type(0))
    try connection.query("SET enable_seqscan = false")
    let nearest = try explained {
      try connection.query(
        """
        SELECT id, title, genres, vector <-> $1 FROM \(table)
        WHERE id != $2 ORDER BY vector <-> $1 LIMIT \(limit)
        """, [vector, id])
    }
    return Recommendations(
      film: film,
      recommendations: try nearest.rows.enumerated().map { rank, row in
        .init(
          rank: rank + 1, id: try row.value(0), title: try row.optional(1) ?? "",
          genres: try row.optional(2) ?? "", distance: try row.value(3))
      })
  }

  private func films(
    _ clause: String, _ parameters: [Parameter] = []
  ) throws -> [Recommendations.StoredFilm] {
    try explained {
      try connection.query("SELECT id, title, genres FROM \(table) \(clause)", parameters)
    }.rows.map { row in
      .init(
        id: try row.value(0), title: try row.optional(1) ?? "", genres: try row.optional(2) ?? "")
    }
  }

  /// Adds to the errors that a new user meets what to do about them.
  private func explained(_ query: () throws -> QueryResult) throws -> QueryResult {
    do {
      return try query()
    } catch let error as PostgresError {
      switch error.sqlState {
      case "42P01":  // undefined_table
        throw CommandFailure(error.message, hint: "lantern movies load makes it")
      case "42883":  // undefined_function, and undefined operator
        throw CommandFailure(error.message, hint: "CREATE EXTENSION lantern in this database")
      default: throw error
      }
    }
  }

  private static func ambiguous(
    _ title: String, _ films: [Recommendations.StoredFilm]
  ) -> CommandFailure {
    let shown = films.prefix(10).map { "  \($0.title)  --id \($0.id)" }
    let rest = films.count > shown.count ? ["  and \(films.count - shown.count) more"] : []
    return CommandFailure(
      (["\"\(title)\" fits \(films.count) films:"] + shown + rest).joined(separator: "\n"))
  }
}
