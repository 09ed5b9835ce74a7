import Vectors

/// What neighbours' codes are made of: vectors relative to an origin, so that their components are
/// small, and rotated.
@safe public struct CentredRotation: ~Copyable {
  public let format: CodeFormat
  /// What all vectors are relative to: any that is among them will do.
  public let origin: GrowableBuffer<Float>
  private var centred: GrowableBuffer<Float>

  /// The rotation of a format, from an origin of `dimensions` floats.
  public init(
    _ allocator: Allocator, _ format: CodeFormat, origin: consuming GrowableBuffer<Float>
  ) {
    self.format = format
    self.origin = origin
    centred = GrowableBuffer(allocator, capacity: format.dimensions)
  }

  /// Writes the rotated difference of a vector and the origin to `room`, `format.rotated` floats.
  public mutating func rotate(
    _ vector: UnsafeRawPointer, into room: UnsafeMutablePointer<Float>
  ) {
    // SAFETY: the caller's vector has `dimensions` floats, and the room `rotated`.
    let vector = unsafe vector.assumingMemoryBound(to: Float.self)
    let origin = unsafe origin.memory
    let centred = unsafe centred.memory
    for i in 0..<format.dimensions { unsafe centred[i] = vector[i] - origin[i] }
    unsafe format.rotate(centred, into: room)
  }
}
