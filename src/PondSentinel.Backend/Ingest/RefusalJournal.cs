namespace PondSentinel.Backend.Ingest;

/// <summary>Tells of refused messages at most once an hour for a gateway and cause, with how many there were.</summary>
/// <param name="time">The clock.</param>
/// <param name="logger">The journal.</param>
internal sealed class RefusalJournal(TimeProvider time, ILogger logger)
{
    private const int KeptPerInterval = 10;

    // Gateways are made up at will where a broker lets anybody in: then the journal starts over rather than grows.
    private const int EntriesMax = 1_000;

    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    private readonly Dictionary<(string Gateway, string Cause), (long ToldAt, int Untold)> told = [];

    /// <summary>Tells that messages were refused, or counts them.</summary>
    public void Note(string gateway, string cause, string detail, int messages = 1)
    {
        if (Begin(gateway, cause, messages) is { } untold)
        {
            logger.LogWarning(
                "{Gateway}: refused ({Cause}): {Detail}. {Untold} more since the last such line.", gateway, cause, detail, untold);
        }
    }

    /// <summary>Tells that records were stored with times ahead of now, or counts them.</summary>
    public void NoteAhead(string gateway, int records, long firstMs)
    {
        if (Begin(gateway, "ahead", records) is { } untold)
        {
            logger.LogWarning(
                "{Gateway}: sends times ahead of now (first {FirstMs} ms since 1970): stored, but neither shown nor alarmed on. Check its clock. {Untold} more records since the last such line.",
                gateway, firstMs, untold);
        }
    }

    // How many were not told of; null where it is not the time to tell.
    private int? Begin(string gateway, string cause, int count)
    {
        if (Recent(gateway, cause) is { } recent)
        {
            told[(gateway, cause)] = (recent.ToldAt, recent.Untold + count);
            return null;
        }

        var untold = told.GetValueOrDefault((gateway, cause)).Untold + count - 1;
        if (told.Count >= EntriesMax)
        {
            told.Clear();
        }

        told[(gateway, cause)] = (time.GetTimestamp(), 0);
        return untold;
    }

    /// <summary>Whether a refused message is worth its place on the disk: the first ones of an hour.</summary>
    public bool MayKeep(string gateway, string cause) =>
        Recent(gateway, cause) is not { } recent || recent.Untold < KeptPerInterval;

    private (long ToldAt, int Untold)? Recent(string gateway, string cause) =>
        told.TryGetValue((gateway, cause), out var last) && time.GetElapsedTime(last.ToldAt) < Interval ? last : null;
}
