import CKernels

extension VectorFormat {
  /// Stores `x`, a prepared vector, in `codes` (`byteCount` bytes), and returns what belongs beside
  /// them. Floats must be finite.
  ///
  /// - 32 bits store the floats or words themselves.
  /// - 16 bits store the IEEE half nearest to `x / scale`: 11 significant bits of the components
  ///   within 2^10 of the largest, and an error below that of the largest component in smaller
  ///   ones. Halves stay exact.
  /// - 8 bits store the nearest of 256 equal steps from the smallest component to the largest. A
  ///   step of a power of two is preferred where it represents every component, so vectors of bytes
  ///   or other small integers stay exact.
  public func encode(
    _ prepared: UnsafeRawPointer, into codes: UnsafeMutableRawPointer
  ) -> VectorCode {
    // SAFETY: The caller promises `dimensions` components of four bytes and room for `byteCount`
    // bytes aligned for a component.
    if metric == .cosine, unsafe isZero(prepared, dimensions) {
      unsafe codes.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
      return VectorCode(scale: 0, offset: 0, residual: 0)
    }
    if width == .thirtyTwo {
      unsafe codes.copyMemory(from: prepared, byteCount: byteCount)
      return VectorCode(scale: 1, offset: 0, residual: 0)
    }
    let x = unsafe prepared.assumingMemoryBound(to: Float.self)
    var code: VectorCode
    if width == .eight {
      code = unsafe byteScale(x)
      unsafe lantern_encode_u8(
        x, code.scale, code.offset, codes.assumingMemoryBound(to: UInt8.self), count)
    } else {
      code = VectorCode(scale: unsafe halfScale(x), offset: 0, residual: 0)
      let halves = unsafe codes.assumingMemoryBound(to: UInt16.self)
      unsafe lantern_encode_f16(x, 1 / code.scale, halves, count)
      if code.scale == 0x1p113 { unsafe keepFinite(halves) }
    }
    code.residual = unsafe residual(of: x, storedAs: codes, code)
    return code
  }

  /// The power of two by which the halves of `x` are multiplied: 1 for the usual magnitudes.
  ///
  /// Otherwise the largest component comes between 2^14 and 2^15, with the range of a half below
  /// it. The scale and its inverse are normal floats: that of the largest float is 2^113, and below
  /// 2^-112 the scale stays at 2^-126, where the largest component of the smallest floats is still
  /// at least 2^-23.
  private func halfScale(_ x: UnsafePointer<Float>) -> Float {
    // SAFETY: The caller promises `dimensions` floats. Magnitudes of floats order like their bits.
    var bits: Int32 = 0
    for i in 0..<dimensions {
      bits = unsafe max(bits, Int32(bitPattern: x[i].magnitude.bitPattern))
    }
    let largest = Float(bitPattern: UInt32(bitPattern: bits))
    if largest == 0 || (largest >= 0x1p-4 && largest <= 65504) { return 1 }
    let biasedExponent = largest.bitPattern &>> 23
    return Float(bitPattern: (biasedExponent > 15 ? biasedExponent &- 14 : 1) &<< 23)
  }

  /// Rounds the largest floats down: up, to 2^15 * 2^113, they would be infinite.
  private func keepFinite(_ halves: UnsafeMutablePointer<UInt16>) {
    // SAFETY: The caller promises `dimensions` halves.
    let infinite: UInt16 = 0x7800  // 2^15
    for i in 0..<dimensions where unsafe halves[i] & 0x7fff == infinite {
      unsafe halves[i] &-= 1
    }
  }

  /// The scale and offset of the bytes of `x`.
  private func byteScale(_ x: UnsafePointer<Float>) -> VectorCode {
    // SAFETY: The caller promises `dimensions` floats.
    guard dimensions > 0 else { return VectorCode(scale: 1, offset: 0, residual: 0) }
    var smallest = unsafe x[0]
    var largest = smallest
    for i in 1..<dimensions {
      let component = unsafe x[i]
      if component < smallest { smallest = component }
      if component > largest { largest = component }
    }
    if smallest == largest { return VectorCode(scale: 1, offset: smallest, residual: 0) }

    let step = (largest - smallest) / 255
    var code = VectorCode(scale: powerOfTwo(atLeast: step), offset: smallest, residual: 0)
    if unsafe !isExact(x, code) { code.scale = covering(step, from: smallest, to: largest) }
    return code
  }

  /// Whether every component of `x` is one of the 256 that bytes can store with this scale and
  /// offset.
  private func isExact(_ x: UnsafePointer<Float>, _ code: VectorCode) -> Bool {
    // SAFETY: The caller promises `dimensions` floats.
    for i in 0..<dimensions {
      let byte = unsafe (x[i] - code.offset) / code.scale
      guard byte >= 0 && byte <= 255 else { return false }
      let stored = code.offset + code.scale * Float(UInt8(byte))
      if unsafe stored != x[i] { return false }
    }
    return true
  }
}

/// The smallest power of two that is a float and at least `x`, for `x` >= 0; infinity beyond 2^127.
func powerOfTwo(atLeast x: Float) -> Float {
  let bits = x.bitPattern
  if x >= .leastNormalMagnitude {
    let exponent = bits & 0x7f80_0000
    return Float(bitPattern: bits == exponent ? exponent : exponent &+ 0x0080_0000)
  }
  // A subnormal is its bits times 2^-149.
  if bits <= 1 { return .leastNonzeroMagnitude }
  return Float(bitPattern: 1 &<< UInt32(truncatingIfNeeded: 32 &- (bits &- 1).leadingZeroBitCount))
}

/// The float next to `step` of which 255 lead from `smallest` to `largest`, and no stored component
/// overflows.
private func covering(_ step: Float, from smallest: Float, to largest: Float) -> Float {
  // The range of two huge components is no float: the largest components are then clamped.
  var step = min(step, .greatestFiniteMagnitude / 255)
  // A subnormal step is coarse: rounded down it would leave out the largest components.
  if step.isSubnormal || step == 0, smallest + step * 255 < largest { step = step.nextUp }
  while (smallest + step * 255).isInfinite { step = step.nextDown }
  return step
}
