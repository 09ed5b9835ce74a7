import CKernels

extension VectorFormat {
  /// An upper bound of the Euclidean distance between `x` and what is stored of it, 0 exactly where
  /// they are equal.
  ///
  /// Squares of the smallest floats, and of the largest, are in the range of Double; its rounding
  /// is allowed for.
  func residual(
    of x: UnsafePointer<Float>, storedAs codes: UnsafeRawPointer, _ code: VectorCode
  ) -> Float {
    // SAFETY: The caller promises `dimensions` floats and `byteCount` bytes; a piece ends at the
    // last of them.
    var squares = 0.0
    var start = 0
    var stored = InlineArray<64, Float>(repeating: 0)
    while start < dimensions {
      let piece = VectorFormat(dimensions: min(64, dimensions &- start), width: width)
      var span = stored.mutableSpan
      unsafe span.withUnsafeMutableBufferPointer { buffer in
        if let base = buffer.baseAddress {
          unsafe piece.decode(codes + start &* width.bytesPerComponent, code, into: base)
        }
      }
      for i in 0..<piece.dimensions {
        let difference = unsafe Double(x[start &+ i]) - Double(stored[i])
        squares += difference * difference
      }
      start &+= 64
    }
    return roundedUp(lantern_square_root(squares) * (1 + Double(dimensions &+ 8) * 0x1p-53))
  }
}

/// The smallest float that is at least `x`, which may be infinity.
func roundedUp(_ x: Double) -> Float {
  let nearest = Float(x)
  return Double(nearest) < x ? nearest.nextUp : nearest
}

/// The largest float that is at most `x`, for `x` >= 0.
func roundedDown(_ x: Double) -> Float {
  let nearest = Float(x)
  return Double(nearest) > x ? nearest.nextDown : nearest
}

/// A residual as the upper half of a float's bits, rounded up, so that it stays an upper bound; 0
/// stays 0.
@inlinable
public func roundedUpBFloat16(_ residual: Float) -> UInt16 {
  // The largest residuals round up to infinity, whose lower bits are 0: nothing carries beyond it.
  UInt16(truncatingIfNeeded: (residual.bitPattern &+ 0xffff) &>> 16)
}

/// The residual that `roundedUpBFloat16` wrote.
@inlinable
public func residualFromBFloat16(_ bits: UInt16) -> Float {
  Float(bitPattern: UInt32(bits) &<< 16)
}
