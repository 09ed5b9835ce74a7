import ArgumentParser
import MovieLens

extension Movies {
  struct WriteSample: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "sample",
      abstract: "Write the invented films in the format of MovieLens.",
      discussion: """
        Writes movies.dat and movie_vectors.txt: 2,400 films that never were, with vectors of 32 \
        dimensions in which films of like genres are near each other.

          lantern movies sample --into sample
          lantern movies load --movies sample/movies.dat --vectors sample/movie_vectors.txt
        """)

    @Option(
      help: ArgumentHelp("The folder to write to; it is made if need be.", valueName: "folder"))
    var into: String

    @Flag(help: "Write over files that are there.")
    var replace = false

    func run() throws {
      let files = MovieFiles(folder: into)
      try files.prepareFolder(into, replace: replace)
      let sample = Sample.catalogue()
      let vectors = zip(sample.films, sample.vectors).map { FilmVector(film: $0.id, values: $1) }
      try writeFile(files.movies, MoviesFile.encode(sample.films))
      try writeFile(files.vectors, VectorsFile.encode(vectors))
      print("wrote \(files.movies) and \(files.vectors): \(grouped(sample.films.count)) films")
    }
  }
}
