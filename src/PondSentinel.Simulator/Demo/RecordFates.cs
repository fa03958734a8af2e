using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Simulator.Demo;

/// <summary>What became of the records of one run, by the word of the backend's own files.</summary>
/// <param name="Stored">Records in the store.</param>
/// <param name="Lost">Records that will never be there, by cause: lost by the gateway or refused by the backend.</param>
internal sealed record RecordFates(long Stored, IReadOnlyDictionary<string, long> Lost)
{
    /// <summary>Of a run that has measured nothing.</summary>
    public static RecordFates None { get; } = new(0, new Dictionary<string, long>());

    /// <summary>Reads them.</summary>
    /// <param name="folder">The backend's folder.</param>
    /// <param name="epoch">The gateway's epoch, which is one run.</param>
    /// <param name="begun">When the run began, or earlier.</param>
    /// <param name="time">The wall clock.</param>
    /// <exception cref="IOException">The files cannot be read.</exception>
    public static async Task<RecordFates> ReadAsync(string folder, string epoch, DateTimeOffset begun, TimeProvider time)
    {
        await using var store = new EmbeddedStore(Path.Combine(folder, "store.db"));
        var stored = store.CountRecords(epoch, begun.ToUnixTimeMilliseconds() * 1_000_000);
        using var state = new StateDatabase(Path.Combine(folder, "state.db"), time).Connect();
        var lost = LatestMessages.Tallies(state, epoch)
            .SelectMany(tally => tally.Lost.Concat(tally.Rejected))
            .ToDictionary(cause => cause.Key, cause => cause.Value);
        return new RecordFates(stored, lost);
    }
}
