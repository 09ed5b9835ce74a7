import ArgumentParser
import MovieLens

extension Movies {
  struct Fetch: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Download the films and vectors that Lantern's notebook uses.",
      discussion: """
        Downloads movies.dat (MovieLens 1M, 3,883 films) and movie_vectors.txt (PaddleRec's \
        vectors for them, 32 dimensions):

          lantern movies fetch --into movielens
          lantern movies load --index --movies movielens/movies.dat \\
              --vectors movielens/movie_vectors.txt

        MovieLens may be used for research under GroupLens' conditions, and not passed on: see \
        https://grouplens.org/datasets/movielens/1m/. Without a network there is \
        `lantern movies load --sample`. The program curl must be installed.
        """)

    @Option(
      help: ArgumentHelp("The folder to write to; it is made if need be.", valueName: "folder"))
    var into = "movielens"

    @Flag(help: "Write over files that are there.")
    var replace = false

    /// Where the notebook, and Lantern's documentation of it, take the two files from.
    static let address = "https://paddlerec.bj.bcebos.com/aistudio/"

    func run() throws {
      let files = MovieFiles(folder: into)
      try files.prepareFolder(into, replace: replace)
      for (name, file) in [("movies.dat", files.movies), ("movie_vectors.txt", files.vectors)] {
        var progress = ProgressBar()
        defer { progress.clear() }
        try Download(address: Self.address + name, file: file).run {
          progress.update("downloading \(name)", done: $0, of: 0)
        }
      }
      let catalogue = try files.read()
      print(
        """
        wrote \(files.movies) and \(files.vectors): \(grouped(catalogue.films.count)) films, \
        \(catalogue.dimensions) dimensions
        """)
    }
  }
}
