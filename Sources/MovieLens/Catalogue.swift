/// Films with their vectors, in the order of the films' file; every vector has `dimensions`
/// components.
public struct Catalogue: Sendable {
  /// In the order of their file.
  public var films: [Film]
  /// The vector of the film at the same position.
  public var vectors: [[Float]]
  /// Vectors in the file whose film is not in the films' file.
  public var unusedVectors: Int

  /// The number of components of every vector.
  public var dimensions: Int { vectors[0].count }

  /// Reads both files and joins them by the films' ids; a film without a vector is an error.
  public init(
    movies: [UInt8], moviesFile: String, vectors: [UInt8], vectorsFile: String
  ) throws(MalformedFile) {
    let films = try MoviesFile.parse(movies, file: moviesFile)
    let parsed = try VectorsFile.parse(vectors, file: vectorsFile)
    let byFilm = Dictionary(uniqueKeysWithValues: parsed.map { ($0.value.film, $0.value.values) })

    self.films = []
    self.vectors = []
    for film in films {
      guard let vector = byFilm[film.value.id] else {
        throw MalformedFile(
          file: moviesFile, line: film.line,
          message: "film \(film.value.id) has no vector in \(vectorsFile)")
      }
      self.films.append(film.value)
      self.vectors.append(vector)
    }
    unusedVectors = parsed.count - films.count
  }

  /// Films and vectors that belong together by their position; both have at least one.
  init(films: [Film], vectors: [[Float]]) {
    self.films = films
    self.vectors = vectors
    unusedVectors = 0
  }
}
