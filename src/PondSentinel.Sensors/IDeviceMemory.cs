namespace PondSentinel.Sensors;

/// <summary>What the driver of one device must not forget over a restart: one line of text.</summary>
/// <remarks>Called by one at a time. It may block for as long as a card takes to write.</remarks>
public interface IDeviceMemory
{
    /// <summary>What was written last.</summary>
    /// <param name="failure">Why it cannot be read, in one line; null where it can, or where nothing has been written yet.</param>
    /// <returns>The text; null where there is none.</returns>
    string? Read(out string? failure);

    /// <summary>Replaces it. A power cut at any moment leaves the one text or the other, and this one once this has ended well.
    /// </summary>
    /// <param name="text">The text, without line ends.</param>
    /// <returns>Why it could not be written, in one line; null where it is durable.</returns>
    string? Write(string text);
}
