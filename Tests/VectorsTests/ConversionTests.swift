import Testing

/// The kernels' conversions, against the language's own, and of all variants among each other.
@Suite struct ConversionTests {
  static let everyFiniteHalf = (0...UInt16.max).filter { Float16(bitPattern: $0).isFinite }

  @Test(arguments: Kernels.all)
  func everyHalfDecodesExactly(_ kernels: Kernels) {
    let expected = Self.everyFiniteHalf.map { Float(Float16(bitPattern: $0)) }
    let decoded = kernels.floats(halves: Self.everyFiniteHalf, scale: 1)
    #expect(zip(decoded, expected).allSatisfy { $0.bitPattern == $1.bitPattern })
    #expect(kernels.halves(expected, inverseScale: 1) == Self.everyFiniteHalf)
  }

  /// The halves, the points half way between neighbours and the floats beside those, and any
  /// floats.
  @Test(arguments: Kernels.all)
  func halvesRoundToNearestEven(_ kernels: Kernels) {
    var random = SplitMix64(seed: 5)
    var x = (0..<100_000).map { _ in anyFinite(&random) }
    for half in Self.everyFiniteHalf {
      let value = Float(Float16(bitPattern: half))
      let between = (value + Float(Float16(bitPattern: half).nextUp)) / 2
      x += [value.nextUp, value.nextDown, between, between.nextUp, between.nextDown]
    }
    x += [65519, 65519.996, 65520, 65536, 1e38, .infinity, -.infinity, 0, -0.0]
    for scale: Float in [1, 0x1p-14, 0x1p20] {
      let expected = x.map { Float16($0 * scale).bitPattern }
      let encoded = kernels.halves(x, inverseScale: scale)
      let wrong = x.indices.first { encoded[$0] != expected[$0] }
      #expect(
        wrong == nil, "\(x[wrong!]) times \(scale): \(encoded[wrong!]), not \(expected[wrong!])")
    }
  }

  @Test(arguments: Kernels.all, [(1, 0), (0.5, -20), (0.1, 3), (3e36, -3e38), (0x1p-146, 0)])
  func bytesRoundToNearestEvenAndClamp(_ kernels: Kernels, _ map: (Float, Float)) {
    var random = SplitMix64(seed: 6)
    let (scale, offset) = map
    var x = (-600...1200).map { offset + scale * Float($0) / 4 }
    x += (0..<100_000).map { _ in anyFinite(&random) }
    x += [.infinity, -.infinity, .greatestFiniteMagnitude, -.greatestFiniteMagnitude]
    let expected = x.map { component -> UInt8 in
      let code = (component - offset) / scale
      return UInt8(min(255, max(0, code)).rounded(.toNearestOrEven))
    }
    #expect(kernels.bytes(x, scale: scale, offset: offset) == expected)
  }

  @Test(arguments: Kernels.all)
  func aStepOfZeroGivesCodeZero(_ kernels: Kernels) {
    #expect(kernels.bytes([7, 7, 7], scale: 0, offset: 7) == [0, 0, 0])
  }

  @Test(arguments: Kernels.all, Sample.allCases)
  func everyVariantConvertsAlike(_ kernels: Kernels, _ sample: Sample) {
    var random = SplitMix64(seed: 7)
    let portable = Kernels.all[0]
    for d in lengths {
      let x = sample.vector(d, &random)
      let scale = Float.random(in: 1e-3...1, using: &random)
      let offset = random.unit()

      let halves = portable.halves(x, inverseScale: 1 / scale)
      #expect(kernels.halves(x, inverseScale: 1 / scale) == halves)
      let bytes = portable.bytes(x, scale: scale, offset: offset)
      #expect(kernels.bytes(x, scale: scale, offset: offset) == bytes)

      let fromHalves = portable.floats(halves: halves, scale: scale).map(\.bitPattern)
      #expect(kernels.floats(halves: halves, scale: scale).map(\.bitPattern) == fromHalves)
      let fromBytes = portable.floats(bytes: bytes, scale: scale, offset: offset).map(\.bitPattern)
      #expect(
        kernels.floats(bytes: bytes, scale: scale, offset: offset).map(\.bitPattern) == fromBytes)
    }
  }
}
