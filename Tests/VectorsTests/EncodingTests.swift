import Testing

@testable import Vectors

@Suite struct EncodingTests {
  @Test func sizes() {
    #expect(widths.map(\.bytesPerComponent) == [1, 2, 4])
    #expect(widths.map { VectorFormat(dimensions: 3, width: $0).byteCount } == [3, 6, 12])
    #expect(CodeWidth(rawValue: 12) == nil)
  }

  /// The residual is an upper bound, a close one, and 0 only where nothing is lost; what is stored
  /// is finite.
  @Test(arguments: Sample.allCases, widths)
  func residualsAreHonest(_ sample: Sample, _ width: CodeWidth) {
    var random = SplitMix64(seed: 10)
    for d in lengths {
      let stored = StoredVector(sample.vector(d, &random), width)
      let residual = Double(stored.code.residual)
      #expect((residual == 0) == (stored.decoded == stored.vector))
      #expect(residual >= stored.trueResidual)
      if residual.isFinite {
        #expect(residual <= stored.trueResidual * (1 + 0x1p-22) + 0x1p-148)
      }
      #expect(firstNonFinite(stored.decoded, d) == nil)
      #expect(stored.code.scale > 0 && stored.code.scale.isFinite)
    }
  }

  @Test(arguments: [Sample.bytes, .signedBytes, .halves, .smallHalves, .constant, .zero])
  func whatHalvesCanSayIsExact(_ sample: Sample) {
    var random = SplitMix64(seed: 11)
    for d in lengths {
      // The level of a constant vector is any float, so one half is tried.
      let x = sample.vector(d, &random).map { sample == .constant ? Float(Float16($0)) : $0 }
      let stored = StoredVector(x, .sixteen)
      #expect(stored.code.residual == 0)
      #expect(stored.decoded == x)
    }
  }

  @Test(arguments: [Sample.bytes, .signedBytes, .constant, .zero])
  func whatBytesCanSayIsExact(_ sample: Sample) {
    var random = SplitMix64(seed: 12)
    for d in lengths {
      let x = sample.vector(d, &random)
      let stored = StoredVector(x, .eight)
      #expect(stored.code.residual == 0)
      #expect(stored.decoded == x)
    }
    for scale: Float in [0x1p-149, 0x1p-140, 0x1p-20, 0.25, 0x1p100, 0x1p119] {
      let x = Sample.signedBytes.vector(100, &random).map { $0 * scale }
      #expect(StoredVector(x, .eight).code.residual == 0, "scale \(scale)")
    }
  }

  @Test func theWholeRangeOfBytesIsExact() {
    for (low, high) in [(0, 255), (-128, 127), (-255, 0), (1000, 1255), (0, 1), (0, 200)] {
      let x = (low...high).map(Float.init)
      #expect(StoredVector(x, .eight).code.residual == 0, "\(low) ... \(high)")
    }
  }

  /// Half a step a component for bytes; half a unit in the last of 11 bits for halves.
  @Test(arguments: [Sample.embedding, .large, .squareOverflows, .tiny, .squareVanishes, .offset])
  func errorsAreThoseOfTheWidth(_ sample: Sample) throws {
    var random = SplitMix64(seed: 13)
    for d in lengths where d > 0 {
      let x = sample.vector(d, &random)
      let root = Double(d).squareRoot()
      let largest = try #require(x.map(\.magnitude).max())
      let range = try #require(x.max()) - x.min()!

      let bytes = Double(StoredVector(x, .eight).code.residual)
      #expect(bytes <= root * Double(range / 255 / 2 + largest * 0x1p-22))
      let halves = Double(StoredVector(x, .sixteen).code.residual)
      #expect(halves <= root * Double(largest) * 0x1p-11 * 1.0001)
      let exact = StoredVector(x, .thirtyTwo).code
      #expect(exact.scale == 1 && exact.offset == 0 && exact.residual == 0)
    }
  }

  @Test func scalesOfHalves() {
    func scale(_ largest: Float) -> Float { StoredVector([0, -largest, 0], .sixteen).code.scale }
    for usual: Float in [0, 0x1p-4, 1, 65504] { #expect(scale(usual) == 1) }
    #expect(scale(65504.004) == 0x1p1)
    #expect(scale(65520) == 0x1p1)
    #expect(scale(.greatestFiniteMagnitude) == 0x1p113)
    #expect(scale(Float(0x1p-4).nextDown) == 0x1p-19)
    #expect(scale(0x1p-112) == 0x1p-126)
    #expect(scale(.leastNonzeroMagnitude) == 0x1p-126)
    for magnitude: Float in [.leastNonzeroMagnitude, 0x1p-140, 0x1p-126, 0x1p127] {
      #expect(StoredVector([magnitude, -magnitude], .sixteen).code.residual == 0)
    }
  }

  @Test func rangesBeyondTheFloats() {
    let most = Float.greatestFiniteMagnitude
    for x in [[-most, most], [-most, 0, most], [0, most], [most / 2, most], [-most, -1, 1]] {
      for width in widths {
        let stored = StoredVector(x, width)
        #expect(firstNonFinite(stored.decoded, x.count) == nil)
        #expect(Double(stored.code.residual) >= stored.trueResidual)
      }
    }
  }

  @Test func powersOfTwo() {
    #expect(powerOfTwo(atLeast: 0) == .leastNonzeroMagnitude)
    for exponent in -149...127 {
      let power = Float(sign: .plus, exponent: exponent, significand: 1)
      #expect(powerOfTwo(atLeast: power) == power)
      #expect(powerOfTwo(atLeast: power.nextUp) == power * 2)
      if exponent > -148 { #expect(powerOfTwo(atLeast: power.nextDown) == power) }
    }
  }

  @Test func bfloat16RoundsUp() {
    var random = SplitMix64(seed: 14)
    for x in (0..<100_000).map({ _ in anyFinite(&random).magnitude }) + [0, .infinity] {
      let back = residualFromBFloat16(roundedUpBFloat16(x))
      #expect(back >= x)
      #expect((back == 0) == (x == 0))
      if back.isFinite { #expect(back <= x * (1 + 0x1p-7) || x.isSubnormal) }
      #expect(residualFromBFloat16(roundedUpBFloat16(back)) == back)
    }
    #expect(roundedUpBFloat16(1) == 0x3f80)
    #expect(roundedUpBFloat16(.leastNonzeroMagnitude) == 1)
    #expect(residualFromBFloat16(roundedUpBFloat16(.greatestFiniteMagnitude)) == .infinity)
  }

  @Test func nonFiniteComponentsAreFound() {
    #expect(firstNonFinite([1, -.greatestFiniteMagnitude, .leastNonzeroMagnitude], 3) == nil)
    #expect(firstNonFinite([1, 2, .nan], 3) == 2)
    #expect(firstNonFinite([1, 2, .nan], 2) == nil)
    #expect(firstNonFinite([-.infinity, .nan], 2) == 0)
    #expect(firstNonFinite([0, .infinity], 2) == 1)
    #expect(Metric(rawValue: 1) == .l2sq)
  }
}
