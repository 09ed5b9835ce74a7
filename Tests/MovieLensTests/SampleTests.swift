import Testing

@testable import MovieLens

@Suite struct SampleTests {
  private let sample = Sample.catalogue()

  /// The films nearest to one, nearest first, by squared Euclidean distance.
  private func neighbours(of film: Int, count: Int) -> [Int] {
    let distances = sample.vectors.map { vector in
      zip(vector, sample.vectors[film]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }
    return Array(
      sample.films.indices.filter { $0 != film }.sorted { distances[$0] < distances[$1] }
        .prefix(count))
  }

  @Test func isTheSameEverywhereAndEachTime() {
    let vectors = zip(sample.films, sample.vectors).map { FilmVector(film: $0.id, values: $1) }
    let bytes = MoviesFile.encode(sample.films) + VectorsFile.encode(vectors)
    // FNV-1a, so that a change of the sample is noticed and meant.
    let hash = bytes.reduce(0xCBF2_9CE4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01B3
    }
    #expect(hash == 3_722_997_089_963_447_113)
  }

  @Test func hasUniqueTitlesWithYears() {
    #expect(sample.films.count == 2_400)
    #expect(sample.films.map(\.id) == Array(1...2_400))
    #expect(Set(sample.films.map { $0.title.dropLast(7) }).count == 2_400)
    for film in sample.films {
      let year = Int(film.title.suffix(5).dropLast())
      #expect(film.title.suffix(7).hasPrefix(" ("))
      #expect(year.map((1930...2000).contains) == true, "\(film.title)")
    }
  }

  @Test func survivesBothFileFormats() throws {
    let vectors = zip(sample.films, sample.vectors).map { FilmVector(film: $0.id, values: $1) }
    let read = try Catalogue(
      movies: MoviesFile.encode(sample.films), moviesFile: "m",
      vectors: VectorsFile.encode(vectors), vectorsFile: "v")
    #expect(read.films == sample.films)
    #expect(read.vectors == sample.vectors)
    #expect(read.unusedVectors == 0)
  }

  @Test func hasEveryGenreAndNoOther() {
    #expect(Set(sample.films.flatMap(\.genres)) == Set(Genre.allCases.map(\.rawValue)))
    #expect(sample.films.allSatisfy { $0.genres == $0.genres.sorted() && !$0.genres.isEmpty })
  }

  @Test func hasDistinctFiniteVectors() {
    #expect(sample.vectors.allSatisfy { $0.count == 32 && $0.allSatisfy(\.isFinite) })
    #expect(Set(sample.vectors).count == sample.vectors.count)
  }

  @Test func neighboursShareGenres() {
    var sharing = 0
    var pairs = 0
    for film in stride(from: 0, to: sample.films.count, by: 24) {
      let genres = Set(sample.films[film].genres)
      for neighbour in neighbours(of: film, count: 10) {
        pairs += 1
        if !genres.isDisjoint(with: sample.films[neighbour].genres) { sharing += 1 }
      }
    }
    #expect(pairs == 1_000)
    #expect(sharing >= 980)
  }

  @Test func favouriteIsNumber70AndItsSequelsAreNearest() {
    let favourite = sample.films[69]
    #expect(favourite.id == Sample.favouriteID)
    #expect(favourite.title == Sample.favourite)
    let nearest = neighbours(of: 69, count: 10).map { sample.films[$0] }
    #expect(nearest.prefix(2).allSatisfy { $0.title.hasPrefix("Midnight at Hollowmere I") })
    #expect(nearest.allSatisfy { !Set($0.genres).isDisjoint(with: favourite.genres) })
  }
}
