using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Averages;

/// <summary>Is told of averages in the transaction that changes them: the alert engine.</summary>
internal interface IAverageWatcher
{
    /// <summary>Windows that have a value or lost it, as points of channels of their own: <see cref="AverageChannel"/>.</summary>
    /// <param name="transaction">The transaction; state goes into it. Its commit is told as that of ingest's.</param>
    /// <param name="averages">The windows, at the time of their end; one that was told before is a revision.</param>
    void Averaged(SqliteTransaction transaction, IReadOnlyList<Point> averages);
}

/// <summary>How the channel is called whose values are the averages of another: <c>pm10@pm10-day</c>. No gateway can name one so.</summary>
internal static class AverageChannel
{
    private const char Mark = '@';

    /// <summary>The name.</summary>
    /// <param name="channel">The channel that is averaged.</param>
    /// <param name="average">The average's id.</param>
    public static string Name(string channel, string average) => $"{channel}{Mark}{average}";

    /// <summary>The channel that is averaged, and by what; the channel itself and null where it is no average.</summary>
    /// <param name="channel">The name.</param>
    public static (string Channel, string? Average) Parts(string channel) =>
        channel.IndexOf(Mark, StringComparison.Ordinal) is >= 0 and var at ? (channel[..at], channel[(at + 1)..]) : (channel, null);
}
