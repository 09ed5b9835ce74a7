import CKernels
import Testing
import Vectors

@Suite struct KernelTests {
  @Test func theFastestVariantIsInUse() {
    #expect(String(cString: lantern_kernels_name()) == Kernels.all.last?.description)
    #expect(Kernels.all.first?.description == "portable")
    #expect(lantern_kernels_variant(-1) == nil)
    #expect(lantern_kernels_variant(LANTERN_KERNEL_VARIANTS) == nil)
  }

  /// The error that `squaredDistanceBounds` allows for: `(d / 16 + 8) * 2^-24`, and 2^-149 a
  /// square.
  @Test(arguments: Kernels.all, Sample.allCases)
  func distancesEqualTheReferenceUpToRounding(_ kernels: Kernels, _ sample: Sample) {
    var random = SplitMix64(seed: 1)
    for d in lengths {
      let (a, b) = (sample.vector(d, &random), sample.vector(d, &random))
      let distance = kernels.distance(a, b)
      let reference = referenceSquaredDistance(a, b, d)
      let error = reference * Double(d / 16 + 8) * 0x1p-24 + Double(d) * 0x1p-149
      let largest = Double(Float.greatestFiniteMagnitude)
      #expect(!distance.isNaN)
      if reference - error > largest {
        #expect(distance == .infinity, "\(d) dimensions")
      } else if reference + error < largest {
        #expect(abs(Double(distance) - reference) <= error, "\(d) dimensions")
      }
    }
  }

  @Test(arguments: Kernels.all, Sample.allCases)
  func distancesAreSymmetricAndZeroOnlyToItself(_ kernels: Kernels, _ sample: Sample) {
    var random = SplitMix64(seed: 2)
    for d in lengths {
      let (a, b) = (sample.vector(d, &random), sample.vector(d, &random))
      #expect(kernels.distance(a, b).bitPattern == kernels.distance(b, a).bitPattern)
      #expect(kernels.distance(a, a).bitPattern == 0)
    }
  }

  /// Whatever the scale: that is what makes the distance to an exactly stored vector the exact one.
  @Test(arguments: Kernels.all, Sample.allCases)
  func storedDistancesAreThoseOfTheDecodedVectorBitForBit(_ kernels: Kernels, _ sample: Sample) {
    var random = SplitMix64(seed: 3)
    for d in lengths {
      let query = sample.vector(d, &random)
      for scale in [1, 0x1p-126, 0x1p113, 0.3, Float.random(in: 0...1e6, using: &random)] {
        let halves = (0..<d).map { _ in Float16.random(in: -100...100, using: &random).bitPattern }
        let decoded = kernels.floats(halves: halves, scale: scale)
        let distance = kernels.distance(query, halves: halves, scale: scale)
        #expect(distance.bitPattern == kernels.distance(query, decoded).bitPattern)
      }
      for (scale, offset) in [(1, 0), (0.5, -3), (0.1, 7.3), (3e35, -1e38), (0x1p-146, 0x1p-133)]
        as [(Float, Float)]
      {
        let bytes = (0..<d).map { _ in UInt8.random(in: 0...255, using: &random) }
        let decoded = kernels.floats(bytes: bytes, scale: scale, offset: offset)
        let distance = kernels.distance(query, bytes: bytes, scale: scale, offset: offset)
        #expect(distance.bitPattern == kernels.distance(query, decoded).bitPattern)
      }
    }
  }

  @Test(arguments: Kernels.all)
  func aWordIsPutInItsPlaceWhereverThatIs(_ kernels: Kernels) {
    for count in 0..<40 {
      let words = (0..<count).map { UInt64($0) << 40 | 1 }
      for place in 0...count {
        let word = UInt64(place) << 40
        var expected = words
        expected.insert(word, at: place)
        let (result, found) = kernels.words(words, with: word)
        #expect(result == expected && found == place, "\(count) words")
      }
    }
  }

  /// The error is relative to |a| |b|, and no float leaves the range of Double.
  @Test(arguments: Kernels.all, Sample.allCases)
  func productsEqualTheReferenceUpToRounding(_ kernels: Kernels, _ sample: Sample) {
    var random = SplitMix64(seed: 5)
    for d in lengths {
      let (a, b) = (sample.vector(d, &random), sample.vector(d, &random))
      let products = kernels.products(a, b)
      let (aa, ab, bb) = (dot(a, a), dot(a, b), dot(b, b))
      let error = Double(d + 2) * 0x1p-52
      #expect(abs(products.aa - aa) <= error * aa, "\(d) dimensions")
      #expect(abs(products.bb - bb) <= error * bb, "\(d) dimensions")
      #expect(abs(products.ab - ab) <= error * (aa * bb).squareRoot(), "\(d) dimensions")
      let itself = kernels.products(a, a)
      #expect(itself.aa == itself.ab && itself.aa == itself.bb && itself.aa == products.aa)
    }
  }

  @Test(arguments: Kernels.all)
  func differingBitsAreCounted(_ kernels: Kernels) {
    var random = SplitMix64(seed: 6)
    for d in lengths {
      let a = (0..<d).map { _ in UInt32(truncatingIfNeeded: random.next()) }
      let b = (0..<d).map { _ in UInt32(truncatingIfNeeded: random.next()) }
      let reference = zip(a, b).reduce(0) { $0 + ($1.0 ^ $1.1).nonzeroBitCount }
      #expect(kernels.differingBits(a, b) == reference)
      #expect(kernels.differingBits(a, a) == 0)
      #expect(kernels.differingBits(a, a.map { ~$0 }) == 32 * d)
    }
  }

  /// With the least alignment and an unmapped page behind every argument: a stray access ends the
  /// process.
  @Test(arguments: Kernels.all)
  func kernelsStayWithinTheirArguments(_ kernels: Kernels) {
    var random = SplitMix64(seed: 4)
    let table = kernels.table
    let pages = (0..<3).map { _ in GuardedPages(byteCount: 8192) }
    for d in lengths {
      let n = Int32(d)
      let a = Sample.embedding.vector(d, &random)
      let b = Sample.bytes.vector(d, &random)
      let halves = kernels.halves(b, inverseScale: 1)
      let bytes = kernels.bytes(b, scale: 1, offset: 0)
      let query = pages[0].copy(a)

      let vector = pages[1].copy(b)
      let expected = kernels.distance(a, b)
      #expect(table.l2sq_f32(query, vector, n) == expected)
      table.encode_f16(vector, 1, pages[2].copy(halves.map { ~$0 }), n)
      table.encode_u8(vector, 1, 0, pages[2].copy(bytes.map { ~$0 }), n)
      #expect(table.l2sq_u8(query, pages[2].copy(bytes), 1, 0, n) == expected)
      table.decode_u8(pages[2].copy(bytes), 1, 0, vector, n)
      #expect(Array(UnsafeBufferPointer(start: vector, count: d)) == b)
      #expect(table.l2sq_f16(query, pages[2].copy(halves), 1, n) == expected)
      #expect(table.products(query, vector, n).ab == kernels.products(a, b).ab)
      let words = pages[2].copy(b.map(\.bitPattern))
      #expect(table.hamming(words, pages[1].copy(a.map(\.bitPattern)), n) > 0 || d == 0)
      table.decode_f16(pages[2].copy(halves), 1, vector, n)
      #expect(Array(UnsafeBufferPointer(start: vector, count: d)) == b)
    }
  }

  @Test(arguments: Kernels.all)
  func anInfiniteDistanceIsNotNaN(_ kernels: Kernels) {
    for d in lengths where d > 0 {
      let most = [Float](repeating: .greatestFiniteMagnitude, count: d)
      let least = most.map { -$0 }
      #expect(kernels.distance(most, least) == .infinity)
      #expect(kernels.distance(most, [Float](repeating: 0, count: d)) == .infinity)
      #expect(kernels.distance(most, most) == 0)
    }
  }
}

/// The dot product by definition.
func dot(_ a: [Float], _ b: [Float]) -> Double {
  zip(a, b).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
}
