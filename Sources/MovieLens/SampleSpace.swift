/// A kind of film: genres that go together, and how many of the kinds' films out of a hundred it
/// makes.
struct SampleKind {
  /// The first one gives the tone of the titles.
  var genres: [Genre]
  var share: Int
  /// A genre that some films of the kind have besides.
  var extra: Genre

  /// The genres of one film of this kind.
  func genres(random: inout SplitMix64) -> [Genre] {
    random.below(4) == 0 ? genres + [extra] : genres
  }

  /// The position in `all` of the favourite's kind.
  static let favourite = 16

  static let all: [SampleKind] = [
    SampleKind(genres: [.drama], share: 14, extra: .romance),
    SampleKind(genres: [.comedy], share: 12, extra: .romance),
    SampleKind(genres: [.romance, .comedy], share: 8, extra: .drama),
    SampleKind(genres: [.romance, .drama], share: 7, extra: .war),
    SampleKind(genres: [.action, .thriller], share: 7, extra: .crime),
    SampleKind(genres: [.horror], share: 6, extra: .thriller),
    SampleKind(genres: [.thriller], share: 5, extra: .drama),
    SampleKind(genres: [.sciFi, .action], share: 5, extra: .adventure),
    SampleKind(genres: [.adventure, .action], share: 4, extra: .fantasy),
    SampleKind(genres: [.crime, .drama], share: 4, extra: .thriller),
    SampleKind(genres: [.documentary], share: 4, extra: .war),
    SampleKind(genres: [.childrens, .comedy], share: 4, extra: .fantasy),
    SampleKind(genres: [.animation, .childrens], share: 3, extra: .musical),
    SampleKind(genres: [.war, .drama], share: 3, extra: .action),
    SampleKind(genres: [.western], share: 3, extra: .action),
    SampleKind(genres: [.mystery, .thriller], share: 3, extra: .crime),
    SampleKind(genres: [.horror, .comedy, .thriller], share: 2, extra: .crime),
    SampleKind(genres: [.fantasy, .adventure, .childrens], share: 2, extra: .sciFi),
    SampleKind(genres: [.filmNoir, .mystery], share: 2, extra: .crime),
    SampleKind(genres: [.musical, .romance], share: 2, extra: .comedy),
  ]
}

/// Where films lie: the directions of their genres, of the waves of fashion within a kind, and
/// chance.
struct SampleSpace {
  static let wavesPerKind = 5

  private let genres: [Genre: [Double]]
  private var waves: [[Double]] = []
  private let dimensions: Int

  init(dimensions: Int, random: inout SplitMix64) {
    self.dimensions = dimensions
    var genres: [Genre: [Double]] = [:]
    for genre in Genre.allCases { genres[genre] = Self.direction(dimensions, random: &random) }
    self.genres = genres
    for _ in 0..<SampleKind.all.count * Self.wavesPerKind {
      waves.append(Self.direction(dimensions, random: &random))
    }
  }

  /// A new film: the mean of its genres, the first twice as heavy, plus its wave, plus chance.
  func film(
    genres names: [Genre], kind: Int, wave: Int, random: inout SplitMix64
  ) -> [Double] {
    var vector = Self.direction(dimensions, random: &random).map { 0.5 * $0 }
    let total = Double(names.count + 1)
    for (position, name) in names.enumerated() {
      add(genres[name]!, times: (position == 0 ? 2 : 1) * 1.2 / total, to: &vector)
    }
    add(waves[kind * Self.wavesPerKind + wave], times: 0.35, to: &vector)
    return vector
  }

  /// A film of the same series: very near.
  func sequel(of film: [Double], random: inout SplitMix64) -> [Double] {
    var vector = film
    add(Self.direction(dimensions, random: &random), times: 0.2, to: &vector)
    return vector
  }

  /// A random vector of length 1 on average.
  private static func direction(_ dimensions: Int, random: inout SplitMix64) -> [Double] {
    var vector: [Double] = []
    for _ in 0..<dimensions { vector.append(random.normal() / Double(dimensions).squareRoot()) }
    return vector
  }

  private func add(_ other: [Double], times factor: Double, to vector: inout [Double]) {
    for index in vector.indices { vector[index] += factor * other[index] }
  }
}
