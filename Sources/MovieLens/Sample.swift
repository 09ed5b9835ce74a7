/// A generated stand-in for MovieLens, which may not be redistributed: invented films with vectors
/// whose neighbours make sense. It is the same in every run and on every platform.
public enum Sample {
  /// The film that examples use, at the place where MovieLens has From Dusk Till Dawn.
  public static let favourite = "Midnight at Hollowmere (1996)"
  static let favouriteID: Int32 = 70

  static let filmCount = 2_400
  static let dimensions = 32

  /// Generates all the films, with ids from 1.
  public static func catalogue() -> Catalogue {
    var random = SplitMix64(seed: 1996)
    let space = SampleSpace(dimensions: dimensions, random: &random)
    var titles = SampleTitles()
    var films: [(film: Film, vector: [Float])] = []

    let kinds = SampleKind.all.indices.flatMap {
      Array(repeating: $0, count: SampleKind.all[$0].share)
    }
    while films.count < filmCount {
      // The favourite comes first and brings two sequels; one film in twelve starts a series.
      let isFavourite = films.isEmpty
      let number = isFavourite ? SampleKind.favourite : random.pick(kinds)
      let kind = SampleKind.all[number]
      let wave = isFavourite ? SampleSpace.wavesPerKind - 1 : random.below(SampleSpace.wavesPerKind)
      let genres = isFavourite ? kind.genres : kind.genres(random: &random)
      let year = isFavourite ? 1996 : 1930 + wave * 12 + random.below(22)
      let length = isFavourite ? 3 : random.below(12) == 0 ? 2 + random.below(3) : 1
      let centre = space.film(genres: genres, kind: number, wave: wave, random: &random)
      let series = titles.series(
        of: isFavourite ? "Midnight at Hollowmere" : nil, genre: kind.genres[0], length: length,
        firstYear: year, random: &random)
      for title in series.prefix(filmCount - films.count) {
        let vector = length == 1 ? centre : space.sequel(of: centre, random: &random)
        let film = Film(id: 0, title: title, genres: genres.map(\.rawValue).sorted())
        films.append((film, vector.map { Float(($0 * 10_000).rounded() / 10_000) }))
      }
    }

    for last in films.indices.dropFirst().reversed() {
      films.swapAt(last, random.below(last + 1))
    }
    let favourite = films.firstIndex { $0.film.title == Self.favourite }!
    films.swapAt(favourite, Int(favouriteID) - 1)
    for index in films.indices { films[index].film.id = Int32(index + 1) }
    return Catalogue(films: films.map(\.film), vectors: films.map(\.vector))
  }
}
