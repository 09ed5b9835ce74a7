import CKernels

/// The width of a stored component.
public enum CodeWidth: UInt8, Sendable {
  /// A byte, with a scale and an offset for the vector: a quarter of the space.
  case eight = 8
  /// An IEEE half, times a power of two for the vector: half of the space.
  case sixteen = 16
  /// The float itself: exact.
  case thirtyTwo = 32

  /// The bytes a component takes: 1, 2 or 4.
  @inlinable @inline(__always)
  public var bytesPerComponent: Int { Int(rawValue &>> 3) }
}

/// How the vectors of an index are stored: all have the same dimensions and the same width of
/// component.
public struct VectorFormat: Equatable, Sendable {
  /// The number of components of a vector.
  public var dimensions: Int
  /// The width of a stored component.
  public var width: CodeWidth

  /// The format of vectors of so many components of this width.
  @inlinable
  public init(dimensions: Int, width: CodeWidth) {
    self.dimensions = dimensions
    self.width = width
  }

  /// The bytes a stored vector takes, without padding and without its `VectorCode`.
  @inlinable @inline(__always)
  public var byteCount: Int { dimensions &* width.bytesPerComponent }

  /// The dimensions as the kernels take them.
  @inlinable @inline(__always)
  var count: Int32 { Int32(truncatingIfNeeded: dimensions) }
}

/// What is kept beside the codes of one stored vector, whose components are `offset + scale *
/// code`.
public struct VectorCode: BitwiseCopyable, Sendable {
  /// The difference between two vectors one code apart; for halves a power of two.
  public var scale: Float
  /// The component that code 0 stands for; 0 unless components are bytes.
  public var offset: Float
  /// An upper bound of the Euclidean distance between the vector and what is stored; 0 exactly
  /// where they are equal.
  public var residual: Float

  /// The header of a stored vector with these values.
  @inlinable
  public init(scale: Float, offset: Float, residual: Float) {
    self.scale = scale
    self.offset = offset
    self.residual = residual
  }
}

extension VectorFormat {
  /// The squared Euclidean distance from `query` (`dimensions` floats) to a stored vector
  /// (`byteCount` bytes).
  ///
  /// It is bit for bit `lantern_l2sq_f32` of the query and the decoded vector, so where the
  /// residual is 0 it is the very distance the SQL function computes; otherwise
  /// `squaredDistanceBounds` tells what that distance can be.
  @inlinable @inline(__always)
  public func squaredDistance(
    from query: UnsafePointer<Float>, to codes: UnsafeRawPointer, _ code: VectorCode
  ) -> Float {
    // SAFETY: The caller promises `dimensions` floats and `byteCount` bytes aligned for a
    // component; kernels read no more.
    switch width {
    case .eight:
      return unsafe lantern_l2sq_u8(
        query, codes.assumingMemoryBound(to: UInt8.self), code.scale, code.offset, count)
    case .sixteen:
      return unsafe lantern_l2sq_f16(
        query, codes.assumingMemoryBound(to: UInt16.self), code.scale, count)
    case .thirtyTwo:
      return unsafe lantern_l2sq_f32(query, codes.assumingMemoryBound(to: Float.self), count)
    }
  }

  /// Writes the stored vector's `dimensions` components to `x`.
  ///
  /// They are the same bits on every processor, so what an index holds does not depend on where it
  /// was built.
  @inlinable
  public func decode(
    _ codes: UnsafeRawPointer, _ code: VectorCode, into x: UnsafeMutablePointer<Float>
  ) {
    // SAFETY: The caller promises `byteCount` bytes aligned for a component and room for
    // `dimensions` floats.
    switch width {
    case .eight:
      unsafe lantern_decode_u8(
        codes.assumingMemoryBound(to: UInt8.self), code.scale, code.offset, x, count)
    case .sixteen:
      unsafe lantern_decode_f16(codes.assumingMemoryBound(to: UInt16.self), code.scale, x, count)
    case .thirtyTwo:
      unsafe x.update(from: codes.assumingMemoryBound(to: Float.self), count: dimensions)
    }
  }
}
