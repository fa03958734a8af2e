using System.Collections.Concurrent;
using PondSentinel.Backend.Ingest;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Alerting;

/// <summary>Which devices gateways have, where those stand, and what they are good for, as the gateways say: <c>reference</c>, or <c>indicative</c>, which shows a
/// trend and is nothing to hold against a limit. Thread-safe.</summary>
/// <remarks>Kept by ingest, from which the engine takes it up when it starts.</remarks>
/// <param name="time">The clock: how long ago something was said is measured by the one that never steps.</param>
internal sealed class DescribedDevices(TimeProvider time)
{
    /// <summary>The grade of a device that shows a trend only.</summary>
    public const string Indicative = "indicative";

    private readonly ConcurrentDictionary<GatewayName, IReadOnlyDictionary<string, MetaDevice>> devices = new();
    private readonly ConcurrentDictionary<GatewayName, IReadOnlyList<MetaStation>> stations = new();
    private readonly ConcurrentDictionary<GatewayName, long> changed = new();

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

        var said = message.Devices.DistinctBy(device => device.Id, StringComparer.Ordinal).ToDictionary(device => device.Id, StringComparer.Ordinal);
        var before = devices.GetValueOrDefault(gateway);
        devices[gateway] = said;
        stations[gateway] = message.Stations;
        if (before is not null && !Channels(said).ToHashSet().SetEquals(Channels(before)))
        {
            changed[gateway] = time.GetTimestamp();
        }

        return before is null || !Grades(said).SequenceEqual(Grades(before));
    }

    /// <summary>The devices of a gateway by their names; null where it has not said.</summary>
    /// <param name="gateway">The gateway.</param>
    public IReadOnlyDictionary<string, MetaDevice>? Of(GatewayName gateway) => devices.GetValueOrDefault(gateway);

    /// <summary>Whether a gateway says which channels it has, and a channel is none of them any more.</summary>
    /// <param name="subject">The channel.</param>
    public bool HasNoMore(AlertSubject subject) =>
        Of(subject.Owner) is { } described
        && !(described.TryGetValue(subject.Device, out var device) && device.Station == subject.Station
            && device.Channels.Any(channel => channel.Id == subject.Name.Channel));

    /// <summary>For how long a gateway has said that it has the channels which it has; null: since before the start.</summary>
    /// <param name="gateway">The gateway.</param>
    public TimeSpan? SaidFor(GatewayName gateway) => changed.TryGetValue(gateway, out var at) ? time.GetElapsedTime(at) : null;

    /// <summary>The grade of a channel's device; null where its gateway has not said.</summary>
    /// <param name="subject">The channel.</param>
    public string? GradeOf(AlertSubject subject) =>
        Of(subject.Owner)?.GetValueOrDefault(subject.Device)?.Grade;

    /// <summary>The station of a channel; null where its gateway has not said.</summary>
    /// <param name="subject">The channel.</param>
    public MetaStation? PlaceOf(AlertSubject subject) =>
        stations.GetValueOrDefault(subject.Owner)?.FirstOrDefault(station => station.Id == subject.Station);

    private static IEnumerable<(string Station, string Device, string Channel)> Channels(IReadOnlyDictionary<string, MetaDevice> devices) =>
        devices.Values.SelectMany(device => device.Channels.Select(channel => (device.Station, device.Id, channel.Id)));

    private static IEnumerable<(string Id, string Grade)> Grades(IReadOnlyDictionary<string, MetaDevice> devices) =>
        devices.Values.Select(device => (device.Id, device.Grade)).OrderBy(pair => pair.Id, StringComparer.Ordinal);
}
