using System.Collections;

namespace PondSentinel.Gateway.Acquisition;

/// <summary>The devices as they are now: a list that others come into and go from while the gateway runs. Thread-safe.</summary>
/// <remarks>Whoever walks through it sees one state from beginning to end; keep it, not what it held.</remarks>
/// <param name="devices">The devices at first.</param>
internal sealed class DeviceRoster(IReadOnlyList<PolledDevice> devices) : IReadOnlyList<PolledDevice>
{
    private volatile IReadOnlyList<PolledDevice> now = devices;

    /// <inheritdoc/>
    public int Count => now.Count;

    /// <inheritdoc/>
    public PolledDevice this[int index] => now[index];

    /// <summary>Has other devices from now on.</summary>
    /// <param name="others">All of them.</param>
    public void Follow(IReadOnlyList<PolledDevice> others) => now = others;

    /// <inheritdoc/>
    public IEnumerator<PolledDevice> GetEnumerator() => now.GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
