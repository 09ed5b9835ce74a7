import Testing

@testable import Vectors

@Suite struct DistanceBoundsTests {
  /// Queries of every kind against stored vectors of every kind, as the executor compares them: the
  /// bounds from the stored distance, the residual as it is kept on the page, and the distance of
  /// the SQL function.
  @Test(arguments: Sample.allCases, widths)
  func boundsContainTheTruth(_ sample: Sample, _ width: CodeWidth) {
    var random = SplitMix64(seed: 20)
    for d in Array(1...40) + [63, 64, 65, 127, 128, 200, 300, 511, 768, 1000, 1536, 2000] {
      for _ in 0..<3 {
        let stored = StoredVector(sample.vector(d, &random), width)
        for query in queries(near: stored, sample, &random) { check(stored, query) }
      }
    }
  }

  /// A vector of its own kind and of another, the vector, what is stored of it, and points closer
  /// and closer to it.
  private func queries(
    near stored: StoredVector, _ sample: Sample, _ random: inout SplitMix64
  ) -> [[Float]] {
    let x = stored.vector
    var queries = [
      sample.vector(x.count, &random),
      Sample.allCases.randomElement(using: &random)!.vector(x.count, &random),
      x, stored.decoded, x.map { -$0 }, [Float](repeating: 0, count: x.count),
      zip(x, stored.decoded).map { $0 + ($0 - $1) }, zip(x, stored.decoded).map { $1 + ($1 - $0) },
    ]
    for closeness: Float in [1e-1, 1e-2, 1e-3, 1e-4, 1e-6] {
      queries.append(x.map { $0 * (1 + closeness * random.unit()) })
    }
    return queries.filter { firstNonFinite($0, x.count) == nil }
  }

  private func check(_ stored: StoredVector, _ query: [Float]) {
    let d = query.count
    let residual = residualFromBFloat16(roundedUpBFloat16(stored.code.residual))
    let s2 = stored.squaredDistance(from: query)
    let bounds = squaredDistanceBounds(stored: s2, residual: residual, dimensions: d)
    for kernels in Kernels.all {
      let truth = kernels.distance(query, stored.vector)
      // With residual 0 only the kernels that computed s2 must agree.
      if residual == 0 && kernels.variant != Kernels.all.last?.variant { continue }
      #expect(
        bounds.lower <= truth && truth <= bounds.upper,
        "\(kernels), \(d) dimensions, stored \(s2), residual \(residual): \(truth) not in \(bounds)"
      )
    }
    if residual == 0 {
      #expect(bounds == DistanceBounds(lower: s2, upper: s2))
    } else {
      #expect(bounds.lower.isFinite && bounds.lower >= 0)
    }
    checkWidth(bounds, s2, residual, d)
  }

  /// Not wider than the triangle inequality, but for a few roundings.
  private func checkWidth(_ bounds: DistanceBounds, _ s2: Float, _ residual: Float, _ d: Int) {
    guard bounds.upper.isFinite else { return }
    let (s, e) = (Double(s2).squareRoot(), Double(residual))
    let slack = 1 + Double(d / 16 + 12) * 0x1p-22
    let absolute = Double(d) * 0x1p-147
    let upper =
      (s * slack + e) * (s * slack + e) * slack + absolute
      + 4 * (Double(d) * 0x1p-149).squareRoot() * (s + e)
    #expect(Double(bounds.upper) <= upper, "stored \(s2), residual \(residual)")
    let least = max(0, s / slack - e)
    #expect(
      Double(bounds.lower) >= least * least / slack - absolute
        - 4 * (Double(d) * 0x1p-149).squareRoot() * s)
  }

  @Test func boundsAreCloseForUsualVectors() {
    var random = SplitMix64(seed: 21)
    for width in [CodeWidth.eight, .sixteen] {
      for d in [32, 128, 768] {
        let stored = StoredVector(Sample.embedding.vector(d, &random), width)
        let s2 = stored.squaredDistance(from: Sample.embedding.vector(d, &random))
        let bounds = squaredDistanceBounds(
          stored: s2, residual: stored.code.residual, dimensions: d)
        let ratio = stored.code.residual / s2.squareRoot()
        #expect((bounds.upper - bounds.lower) / s2 <= 5 * ratio)
        #expect(bounds.lower < s2 && s2 < bounds.upper)
      }
    }
  }

  @Test func extremesGiveNoNaN() {
    let values: [Float] = [
      0, .leastNonzeroMagnitude, .leastNormalMagnitude, 1e-20, 1, 1e19, 1e38,
      .greatestFiniteMagnitude, .infinity,
    ]
    for s2 in values {
      for residual in values {
        for d in [0, 1, 16, 8000] {
          let bounds = squaredDistanceBounds(stored: s2, residual: residual, dimensions: d)
          #expect(bounds.lower <= s2 && s2 <= bounds.upper)
          if residual > 0 { #expect(bounds.lower.isFinite) }
          if residual == .infinity { #expect(bounds.lower == 0 && bounds.upper == .infinity) }
        }
      }
    }
    let bounds = squaredDistanceBounds(stored: .nan, residual: 1, dimensions: 3)
    #expect(bounds.lower.isFinite && bounds.upper == .infinity)
  }

  /// The stored distance overflows and the true one does not, and the other way round.
  @Test func theEndOfTheRange() {
    let edge = Float.greatestFiniteMagnitude.squareRoot()
    for (stored, truth) in [(edge.nextUp, edge.nextDown), (edge.nextDown, edge.nextUp)] {
      let s2 = stored * stored
      let bounds = squaredDistanceBounds(stored: s2, residual: edge.ulp * 2, dimensions: 1)
      #expect(bounds.lower.isFinite)
      #expect(bounds.lower <= truth * truth && truth * truth <= bounds.upper)
      #expect(bounds.lower >= 0.999 * .greatestFiniteMagnitude)
    }
  }

  @Test func directedRounding() {
    var random = SplitMix64(seed: 22)
    for _ in 0..<100_000 {
      let x = Double(anyFinite(&random).magnitude) * Double.random(in: 0.5...2, using: &random)
      let (down, up) = (roundedDown(x), roundedUp(x))
      #expect(Double(down) <= x && x <= Double(up))
      #expect(down == up || down.nextUp == up)
    }
    #expect(roundedUp(1e39) == .infinity && roundedDown(1e39) == .greatestFiniteMagnitude)
  }
}
