using PondSentinel.Measurements;

namespace PondSentinel.Backend.Completeness;

/// <summary>What the ledger keeps of a stored record.</summary>
/// <param name="Epoch">Epoch of the record; of a revision, that of the record it revises.</param>
/// <param name="Number">Its number; of a revision, the revised one.</param>
/// <param name="TimeMs">When it was measured, UTC ms since 1970.</param>
/// <param name="CoveredMs">Of a thinned record, the time before its own that it stands for, ms; otherwise 0.</param>
/// <param name="IsLate">Whether it came late.</param>
/// <param name="IsRevision">Whether it takes the place of what was kept of the same number before.</param>
/// <param name="Shape">Whose it is, and the fate of each of its channels.</param>
internal sealed record RecordMark(
    string Epoch, long Number, long TimeMs, long CoveredMs, bool IsLate, bool IsRevision, MarkShape Shape);

/// <summary>What many records have in common.</summary>
internal sealed class MarkShape : IEquatable<MarkShape>
{
    private readonly int hash;

    public MarkShape(string site, string station, string device, IReadOnlyList<MarkedChannel> channels)
    {
        (Site, Station, Device, Channels) = (site, station, device, channels);
        HashCode sum = default;
        sum.Add(device, StringComparer.Ordinal);
        foreach (var channel in channels)
        {
            sum.Add(channel);
        }

        hash = sum.ToHashCode();
    }

    public string Site { get; }

    public string Station { get; }

    public string Device { get; }

    /// <summary>The channels that were due, by name.</summary>
    public IReadOnlyList<MarkedChannel> Channels { get; }

    /// <summary>Whether it looks like the failures after which a device that is dead is not asked at every slot.</summary>
    public bool IsDead => Channels.All(channel => channel.Fate is Fate.NoAnswer or Fate.TimedOut or Fate.Garbled or Fate.Maintenance);

    /// <summary>What became of a channel; null where it was not due.</summary>
    public Fate? FateOf(string channel)
    {
        foreach (var known in Channels)
        {
            if (string.Equals(known.Channel, channel, StringComparison.Ordinal))
            {
                return known.Fate;
            }
        }

        return null;
    }

    /// <summary>These channels, those of another in their place.</summary>
    public MarkShape With(MarkShape revision) => new(
        revision.Site,
        revision.Station,
        revision.Device,
        [
            .. Channels.Where(channel => revision.FateOf(channel.Channel) is null).Concat(revision.Channels)
                .OrderBy(channel => channel.Channel, StringComparer.Ordinal),
        ]);

    public bool Equals(MarkShape? other) => other is not null
        && hash == other.hash
        && Site == other.Site
        && Station == other.Station
        && Device == other.Device
        && Channels.SequenceEqual(other.Channels);

    public override bool Equals(object? obj) => Equals(obj as MarkShape);

    public override int GetHashCode() => hash;
}

/// <summary>A channel in a record.</summary>
internal readonly record struct MarkedChannel(string Channel, Measurand Measurand, Fate Fate);
