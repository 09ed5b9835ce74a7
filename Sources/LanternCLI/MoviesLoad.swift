import ArgumentParser
import MovieLens
import PostgresClient

extension Movies {
  struct Load: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Load films and their vectors into a new table.",
      discussion: """
        Makes the table (id integer, title text, genres text, vector real[]) and fills it, all in \
        one transaction: where something is wrong, with a file or on the server, nothing changes.

          lantern movies load --sample --index
          lantern movies load --movies movies.dat --vectors movie_vectors.txt --table films

        The files are those of `lantern movies fetch`: a line `id::title::genres` for each film \
        and a line `id:[v, v, ...]` for each vector, joined by id.
        """)

    @Flag(help: "Load the invented films that come with this program.")
    var sample = false

    @Option(
      help: ArgumentHelp("The films, in the format of MovieLens' movies.dat.", valueName: "file"))
    var movies: String?

    @Option(help: ArgumentHelp("Their vectors, in that of movie_vectors.txt.", valueName: "file"))
    var vectors: String?

    @Option(help: "The table to make, with a schema or without.")
    var table = "movies"

    @Flag(help: "Index the vectors: CREATE INDEX ... USING hnsw (vector dist_l2sq_ops).")
    var index = false

    @Flag(help: "Drop a table of that name first.")
    var replace = false

    @Flag(help: "Print the result as JSON.")
    var json = false

    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
      if sample ? movies != nil || vectors != nil : movies == nil || vectors == nil {
        throw ValidationError("Give either --sample or both --movies and --vectors.")
      }
    }

    func run() throws {
      let catalogue =
        if let movies, let vectors { try MovieFiles(movies: movies, vectors: vectors).read() } else
        {
          Sample.catalogue()
        }
      let report = try MovieLoader(connection: connection.connect(), table: table).load(
        catalogue, replace: replace,
        index: index ? IndexProgress(watcher: { try connection.connect() }) : nil)
      if json { try printJSON(report) } else { print(report.text) }
    }
  }
}

/// What `lantern movies load` did.
struct LoadReport: Encodable {
  var table: String
  var films: Int
  var dimensions: Int
  var unusedVectors: Int
  var index: BuiltIndex?

  var text: String {
    var lines = [
      "loaded \(grouped(films)) films with vectors of \(dimensions) dimensions into \(table)"
    ]
    if unusedVectors > 0 {
      lines.append("left out \(grouped(unusedVectors)) vectors that belong to none of the films")
    }
    if let index {
      let time = fixed(index.seconds, 2)
      lines.append(
        "built \(index.name) (\(index.accessMethod), \(byteSize(index.bytes))) in \(time) s")
    }
    return lines.joined(separator: "\n")
  }
}
