import Testing

@testable import Vectors

@Suite struct MetricTests {
  let dimensions = Array(1...20) + [63, 64, 65, 128, 300, 768, 1536]

  /// The distance that SQL's cos_dist computes.
  func cosineDistance(_ a: [Float], _ b: [Float]) -> Float {
    let (aa, bb) = (dot(a, a), dot(b, b))
    if aa == 0 || bb == 0 { return aa == bb ? 0 : 1 }
    return Float(1 - max(-1, min(1, dot(a, b) / (aa * bb).squareRoot())))
  }

  /// Vectors of every kind, their multiples, opposites and neighbours, at every width.
  @Test(arguments: Sample.allCases, widths)
  func cosineBoundsContainTheTruth(_ sample: Sample, _ width: CodeWidth) {
    var random = SplitMix64(seed: 40)
    for d in dimensions {
      let x = sample.vector(d, &random)
      let stored = StoredVector(x, width, metric: .cosine)
      var queries = [
        sample.vector(d, &random),
        Sample.allCases.randomElement(using: &random)!.vector(d, &random),
        x, x.map { -$0 }, x.map { $0 / 2 }, [Float](repeating: 0, count: d),
      ]
      for closeness: Float in [1e-1, 1e-3, 1e-5, 1e-7] {
        queries.append(x.map { $0 * (1 + closeness * random.unit()) })
      }
      for query in queries where firstNonFinite(query, d) == nil {
        let prepared = Metric.cosine.prepared(query)
        let bounds = QueryBounds(stored.format, query: prepared)
        let distance = stored.squaredDistance(from: prepared)
        let interval = bounds.bounds(stored: distance, code: stored.codeOnPage)
        let truth = cosineDistance(query, x)
        #expect(
          interval.lower <= truth && truth <= interval.upper,
          "\(d) dimensions, stored \(distance): \(truth) not in \(interval)")
        let horizon = bounds.lowerBound(stored: distance, residual: stored.codeOnPage.residual)
        #expect(horizon <= interval.lower || stored.code.isZero)
        #expect(horizon <= truth)
      }
    }
  }

  @Test func cosineBoundsAreClose() {
    var random = SplitMix64(seed: 41)
    for (width, allowed) in zip(widths, [0.02, 0.002, 2e-5] as [Float]) {
      let stored = StoredVector(Sample.embedding.vector(384, &random), width, metric: .cosine)
      let query = Metric.cosine.prepared(Sample.embedding.vector(384, &random))
      let bounds = QueryBounds(stored.format, query: query).bounds(
        stored: stored.squaredDistance(from: query), code: stored.codeOnPage)
      #expect(bounds.upper - bounds.lower <= allowed)
    }
  }

  @Test(arguments: Sample.allCases)
  func preparedVectorsHaveLengthOne(_ sample: Sample) {
    var random = SplitMix64(seed: 42)
    for d in dimensions {
      let x = sample.vector(d, &random)
      let prepared = Metric.cosine.prepared(x)
      let length = dot(prepared, prepared).squareRoot()
      let isZero = dot(x, x) == 0
      #expect(isZero ? length == 0 : abs(length - 1) <= Double(Metric.cosine.preparationError))
      #expect(StoredVector(x, .sixteen, metric: .cosine).code.isZero == isZero)
      #expect(Metric.l2sq.prepared(x) == x)
    }
  }

  /// One vector of length 0 is perpendicular to all, and two are equal.
  @Test(arguments: widths) func vectorsOfLengthZero(_ width: CodeWidth) {
    let zero = StoredVector([0, -0.0, 0], width, metric: .cosine)
    let one = StoredVector([0, 3, 4], width, metric: .cosine)
    #expect(zero.decoded == [0, 0, 0])
    for (query, stored, expected) in [
      (zero, zero, 0), (zero, one, 1), (one, zero, 1),
    ] as [(StoredVector, StoredVector, Float)] {
      let bounds = QueryBounds(stored.format, query: query.vector).bounds(
        stored: stored.squaredDistance(from: query.vector), code: stored.codeOnPage)
      #expect(bounds == DistanceBounds(lower: expected, upper: expected))
    }
  }

  @Test func bitsAreStoredAsTheyAre() {
    var random = SplitMix64(seed: 43)
    for d in dimensions {
      let words = (0..<d).map { _ in UInt32(truncatingIfNeeded: random.next()) }
      let others = (0..<d).map { _ in UInt32(truncatingIfNeeded: random.next()) }
      let format = VectorFormat(metric: .hamming, dimensions: d, width: .sixteen)
      #expect(format.byteCount == 4 * d)
      var codes = [UInt32](repeating: 0, count: d)
      let code = codes.withUnsafeMutableBytes { format.encode(words, into: $0.baseAddress!) }
      #expect(codes == words && code == VectorCode(scale: 1, offset: 0, residual: 0))
      let distance = format.distance(from: others, to: codes, code)
      let truth = Float(zip(words, others).reduce(0) { $0 + ($1.0 ^ $1.1).nonzeroBitCount })
      #expect(distance == truth)
      #expect(
        QueryBounds(format, query: others).bounds(stored: distance, code: code)
          == DistanceBounds(lower: truth, upper: truth))
    }
  }

  /// pgvector adds up floats in an order of its compiler's choice: one after the other, and in
  /// lanes.
  @Test(arguments: [Sample.embedding, .bytes, .large, .constant, .outlier, .offset], widths)
  func boundsContainWhatPgvectorComputes(_ sample: Sample, _ width: CodeWidth) {
    var random = SplitMix64(seed: 44)
    for d in dimensions {
      let (x, y) = (sample.vector(d, &random), sample.vector(d, &random))
      for query in [y, x, x.map { $0 * 1.0001 }] {
        for lanes in [1, 4, 8] {
          let squared = sum(lanes, zip(query, x).map { ($0 - $1) * ($0 - $1) })
          check(Double(squared).squareRoot(), query, StoredVector(x, width))
          let (ab, aa, bb) = (
            sum(lanes, zip(query, x).map(*)), sum(lanes, zip(query, query).map(*)),
            sum(lanes, zip(x, x).map(*))
          )
          let cosine = Double(ab) / (Double(aa) * Double(bb)).squareRoot()
          check(1 - max(-1, min(1, cosine)), query, StoredVector(x, width, metric: .cosine))
        }
      }
    }
  }

  private func sum(_ lanes: Int, _ terms: [Float]) -> Float {
    var sums = [Float](repeating: 0, count: lanes)
    for (i, term) in terms.enumerated() { sums[i % lanes] += term }
    return sums.reduce(0, +)
  }

  private func check(_ truth: Double, _ query: [Float], _ stored: StoredVector) {
    let prepared = stored.format.metric.prepared(query)
    let bounds = QueryBounds(stored.format, query: prepared, function: .pgvector).bounds(
      stored: stored.squaredDistance(from: prepared), code: stored.codeOnPage)
    #expect(Double(bounds.lower) <= truth && truth <= Double(bounds.upper))
  }
}
