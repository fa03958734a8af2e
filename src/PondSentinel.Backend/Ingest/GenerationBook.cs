using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Ingest;

/// <summary>The generation of receipts: creation of the database, raised where it was set back. One gateway's word raises it for
/// that gateway alone; a person's for all.</summary>
/// <param name="transaction">The transaction.</param>
/// <param name="createdMs">Creation of the database: UTC ms since 1970.</param>
internal sealed class GenerationBook(SqliteTransaction transaction, long createdMs)
{
    // No gateway can be called so.
    private const string All = "*";

    /// <summary>The generation of a gateway's receipts.</summary>
    public long Of(string gateway) => Math.Max(createdMs, Highest("gateway = $gateway OR gateway = $all", gateway));

    /// <summary>Raises a gateway's generation above one that it has heard.</summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="heard">What it has heard.</param>
    /// <param name="now">The time.</param>
    /// <returns>Whether there is a higher one.</returns>
    public bool TryRaise(string gateway, long heard, DateTimeOffset now)
    {
        if (heard >= SequenceRange.SequenceMax)
        {
            return false;
        }

        Set(gateway, Math.Max(now.ToUnixTimeMilliseconds(), heard + 1));
        return true;
    }

    /// <summary>Raises all generations, each above those that its gateway was given. One that a gateway has driven up by what it
    /// claims goes up by itself, and not with all others.</summary>
    /// <returns>The new one of all others: UTC ms since 1970.</returns>
    public long RaiseAll(DateTimeOffset now)
    {
        var highest = Math.Max(createdMs, Highest("gateway = $all", ""));
        var raised = Math.Min(Math.Max(now.ToUnixTimeMilliseconds(), highest + 1), SequenceRange.SequenceMax);
        Set(All, raised);
        transaction.Execute(
            "UPDATE ingest_generation SET generation = min(generation + 1, $most) WHERE generation >= $raised AND gateway <> $all",
            ("$most", SequenceRange.SequenceMax), ("$raised", raised), ("$all", All));
        return raised;
    }

    private long Highest(string which, string gateway) => transaction.Query(
        $"SELECT coalesce(max(generation), 0) FROM ingest_generation WHERE {which}",
        reader => reader.GetInt64(0), ("$gateway", gateway), ("$all", All))[0];

    private void Set(string gateway, long generation) => transaction.Execute(
        "INSERT INTO ingest_generation VALUES ($gateway, $generation) ON CONFLICT DO UPDATE SET generation = excluded.generation",
        ("$gateway", gateway), ("$generation", generation));
}
