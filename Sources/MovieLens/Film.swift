/// One film, as a line of MovieLens' `movies.dat` describes it.
public struct Film: Equatable, Sendable {
  /// MovieLens' number for the film.
  public var id: Int32
  /// With the year in brackets, and an article after a comma: `Thirteenth Floor, The (1999)`.
  public var title: String
  /// MovieLens' genre names, in alphabetical order.
  public var genres: [String]

  /// A film as it is given.
  public init(id: Int32, title: String, genres: [String]) {
    self.id = id
    self.title = title
    self.genres = genres
  }
}

/// One film's vector, as a line of `movie_vectors.txt` has it.
public struct FilmVector: Equatable, Sendable {
  /// The film's id.
  public var film: Int32
  /// The components, all finite where they come from a file.
  public var values: [Float]

  /// A vector as it is given.
  public init(film: Int32, values: [Float]) {
    self.film = film
    self.values = values
  }
}

/// The genres of the MovieLens 1M films.
public enum Genre: String, CaseIterable, Sendable {
  case action = "Action"
  case adventure = "Adventure"
  case animation = "Animation"
  case childrens = "Children's"
  case comedy = "Comedy"
  case crime = "Crime"
  case documentary = "Documentary"
  case drama = "Drama"
  case fantasy = "Fantasy"
  case filmNoir = "Film-Noir"
  case horror = "Horror"
  case musical = "Musical"
  case mystery = "Mystery"
  case romance = "Romance"
  case sciFi = "Sci-Fi"
  case thriller = "Thriller"
  case war = "War"
  case western = "Western"
}
