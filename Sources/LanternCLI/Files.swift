import MovieLens

/// The two files in which MovieLens' films and their vectors come.
struct MovieFiles {
  var movies: String
  var vectors: String

  /// The files in a folder, under the names that they have where they come from.
  init(folder: String) {
    movies = folder + "/movies.dat"
    vectors = folder + "/movie_vectors.txt"
  }

  init(movies: String, vectors: String) {
    self.movies = movies
    self.vectors = vectors
  }

  func read() throws -> Catalogue {
    try Catalogue(
      movies: readFile(movies), moviesFile: movies, vectors: readFile(vectors), vectorsFile: vectors
    )
  }

  /// Makes the folder, and throws where one of the files is there already and must not be replaced.
  func prepareFolder(_ folder: String, replace: Bool) throws {
    if let existing = [movies, vectors].first(where: FileManager.default.fileExists), !replace {
      throw CommandFailure("\(existing) already exists", hint: "--replace writes it anew")
    }
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw CommandFailure("cannot make the folder \(folder): \(reason(error))")
    }
  }
}

/// The bytes of a file.
func readFile(_ path: String) throws -> [UInt8] { Array(try mapFile(path)) }

/// The bytes of a file, which may be larger than memory; it must not change meanwhile.
func mapFile(_ path: String) throws -> Data {
  do {
    return try Data(contentsOf: URL(filePath: path), options: .mappedIfSafe)
  } catch {
    throw CommandFailure("cannot read \(path): \(reason(error))")
  }
}

/// Writes a file, whole or not at all.
func writeFile(_ path: String, _ bytes: [UInt8]) throws {
  do {
    try Data(bytes).write(to: URL(filePath: path), options: .atomic)
  } catch {
    throw CommandFailure("cannot write \(path): \(reason(error))")
  }
}

/// The system's words for why a file operation failed, where it is the system that refused.
private func reason(_ error: any Error) -> String {
  let underlying = (error as? CocoaError)?.underlying as? POSIXError
  return underlying.map { String(cString: strerror($0.code.rawValue)) } ?? "\(error)"
}
