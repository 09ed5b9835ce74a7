import ArgumentParser
import MovieLens
import PostgresClient

extension Movies {
  struct Recommend: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the films most like one that the user liked.",
      discussion: """
        Finds the film by its title, without regard to case, accents or the article; a part of \
        the title will do if it fits one film. Then asks for the films with the nearest vectors:

          lantern movies recommend "From Dusk Till Dawn"
          lantern movies recommend "thirteenth floor" --limit 5 --json

        The query is SELECT id, title, genres FROM movies WHERE id != X ORDER BY vector <-> V \
        LIMIT N, and the distance shown the squared Euclidean one.
        """)

    @Argument(help: "The film's title, or a part of it.")
    var title: String?

    @Option(help: "The film's id, instead of its title.")
    var id: Int32?

    @Option(help: "How many films to list.")
    var limit = 10

    @Option(help: "The table of films, with a schema or without.")
    var table = "movies"

    @Flag(help: "Print the result as JSON.")
    var json = false

    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
      if (title == nil) == (id == nil) {
        throw ValidationError("Give the film's title, or its id with --id.")
      }
      try requireAtLeastOne(["limit": limit])
    }

    func run() throws {
      let recommender = try Recommender(connection: connection.connect(), table: table)
      let film = try id.map(recommender.film(id:)) ?? recommender.film(titled: title ?? "")
      let result = try recommender.recommend(film, limit: limit)
      if json {
        try printJSON(result)
      } else {
        print(result.text(width: Terminal.outputWidth, style: Terminal.outputStyle))
      }
    }
  }
}

/// The films most like one, nearest first.
struct Recommendations: Encodable {
  struct StoredFilm: Encodable {
    var id: Int
    var title: String
    var genres: String
  }

  struct Recommendation: Encodable {
    var rank: Int
    var id: Int
    var title: String
    var genres: String
    /// Squared Euclidean.
    var distance: Double
  }

  var film: StoredFilm
  var recommendations: [Recommendation]

  func text(width: Int?, style: Style) -> String {
    let table = TextTable(
      columns: [
        .init(title: "#", alignment: .right),
        .init(title: "Title", shrinks: true, mark: { $0.accent }),
        .init(title: "Genres", shrinks: true, mark: { $0.dim }),
        .init(title: "Distance", alignment: .right),
      ],
      rows: recommendations.map {
        ["\($0.rank)", $0.title, $0.genres, fixed($0.distance, 4)]
      })
    let heading = "If you liked \(style.bold(film.title))  \(style.dim(film.genres))"
    return ([heading, ""] + table.lines(width: width, style: style)).joined(separator: "\n")
  }
}
