using System.Collections.Concurrent;
using PondSentinel.Backend.Ingest;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Alerting;

/// <summary>What the devices of the gateways are good for, as the gateways say: <c>reference</c>, or <c>indicative</c>, which shows a trend
/// and is nothing to hold against a limit. Thread-safe.</summary>
/// <remarks>Kept by ingest, from which the engine takes it up when it starts.</remarks>
internal sealed class DeviceGrades
{
    /// <summary>The grade of a device that shows a trend only.</summary>
    public const string Indicative = "indicative";

    private readonly ConcurrentDictionary<GatewayName, IReadOnlyDictionary<string, string>> grades = new();

    /// <summary>Takes what a gateway says.</summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="meta">Its message; one that cannot be read changes nothing.</param>
    /// <returns>Whether any grade is another than before.</returns>
    public bool Take(GatewayName gateway, ReadOnlySpan<byte> meta)
    {
        if (MetaCodec.Decode(meta).Value is not { } message)
        {
            return false;
        }

        var said = message.Devices.DistinctBy(device => device.Id, StringComparer.Ordinal)
            .ToDictionary(device => device.Id, device => device.Grade, StringComparer.Ordinal);
        var before = grades.GetValueOrDefault(gateway);
        grades[gateway] = said;
        return before is null || !said.OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .SequenceEqual(before.OrderBy(pair => pair.Key, StringComparer.Ordinal));
    }

    /// <summary>The grade of a channel's device; null where its gateway has not said.</summary>
    /// <param name="subject">The channel.</param>
    public string? Of(AlertSubject subject) =>
        grades.GetValueOrDefault(new GatewayName(subject.Site, subject.Gateway))?.GetValueOrDefault(subject.Device);
}
