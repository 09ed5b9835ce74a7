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

/// How the vectors of an index are stored and measured: all have the same metric, dimensions and
/// width of component.
///
/// A vector that is not stored, such as a query, is `dimensions` components of four bytes: floats,
/// or words of bits, as the metric says.
public struct VectorFormat: Equatable, Sendable {
  /// What the distance between stored vectors means.
  public var metric: Metric
  /// The number of components of a vector.
  public var dimensions: Int
  /// The width of a stored component.
  public var width: CodeWidth

  /// The format of vectors of so many components of this width; words of bits are as wide as a
  /// float.
  @inlinable
  public init(metric: Metric = .l2sq, dimensions: Int, width: CodeWidth) {
    self.metric = metric
    self.dimensions = dimensions
    self.width = metric.isOfBits ? .thirtyTwo : width
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
public struct VectorCode: BitwiseCopyable, Equatable, Sendable {
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

  /// Whether the vector is one of length 0 under the cosine distance, which gives it the scale 0:
  /// no other has it.
  @inlinable
  public var isZero: Bool { scale == 0 }
}

extension VectorFormat {
  /// The distance from `query`, a prepared vector, to a stored vector (`byteCount` bytes): the
  /// number of differing bits, or the squared Euclidean distance.
  ///
  /// It is bit for bit `distance(_:_:)` of the query and the decoded vector; `QueryBounds` tells
  /// what the distance that SQL computes can be.
  @inlinable @inline(__always)
  public func distance(
    from query: UnsafeRawPointer, to codes: UnsafeRawPointer, _ code: VectorCode
  ) -> Float {
    if metric.isOfBits { return unsafe distance(query, codes) }
    // SAFETY: The caller promises `dimensions` floats and `byteCount` bytes aligned for a
    // component; kernels read no more.
    let query = unsafe query.assumingMemoryBound(to: Float.self)
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

  /// The same distance between two prepared or decoded vectors.
  @inlinable @inline(__always)
  public func distance(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer) -> Float {
    // SAFETY: The caller promises `dimensions` components of four bytes in each.
    if metric.isOfBits {
      // At most 32 bits of 8000 words: the float is exact.
      return Float(
        unsafe lantern_hamming(
          a.assumingMemoryBound(to: UInt32.self), b.assumingMemoryBound(to: UInt32.self), count))
    }
    return unsafe lantern_l2sq_f32(
      a.assumingMemoryBound(to: Float.self), b.assumingMemoryBound(to: Float.self), count)
  }

  /// Writes the stored vector's `dimensions` components to `x`.
  ///
  /// They are the same bits on every processor, so what an index holds does not depend on where it
  /// was built.
  @inlinable
  public func decode(
    _ codes: UnsafeRawPointer, _ code: VectorCode, into x: UnsafeMutableRawPointer
  ) {
    // SAFETY: The caller promises `byteCount` bytes aligned for a component and room for
    // `dimensions` components of four bytes.
    switch width {
    case .eight:
      unsafe lantern_decode_u8(
        codes.assumingMemoryBound(to: UInt8.self), code.scale, code.offset,
        x.assumingMemoryBound(to: Float.self), count)
    case .sixteen:
      unsafe lantern_decode_f16(
        codes.assumingMemoryBound(to: UInt16.self), code.scale,
        x.assumingMemoryBound(to: Float.self), count)
    case .thirtyTwo:
      unsafe x.copyMemory(from: codes, byteCount: byteCount)
    }
  }
}
