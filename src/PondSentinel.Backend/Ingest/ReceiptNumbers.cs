using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Ingest;

/// <summary>Gives receipts their numbers, so that a database that was set back can be told by them.</summary>
/// <remarks>
/// <para>Numbers are taken in blocks. Every transaction that settles something of a gateway takes a new block in the same
/// commit (<see cref="Advance"/>), so a number above the block that a database remembers says: this gateway has heard of
/// something that the database does not know.</para>
/// <para>Each process begins at a number made from the time, far above those before. The numbers between are given to nobody: a
/// gateway that believes one of them has heard another future of this database.</para>
/// <para>README.md of this folder tells how the two are used. Used by one at a time.</para>
/// </remarks>
internal sealed class ReceiptNumbers
{
    private const int Block = 256;

    // 2^20 numbers for each second since 1970: more than any process gives away, and below 2^53 until the year 2242.
    private const int NumbersASecondBits = 20;

    private readonly long start;
    private readonly Dictionary<string, long> before;
    private readonly Dictionary<string, (long Next, long End)> blocks = new(StringComparer.Ordinal);

    private ReceiptNumbers(long start, Dictionary<string, long> before) => (this.start, this.before) = (start, before);

    /// <summary>Begins a life of the process.</summary>
    /// <param name="transaction">The transaction, committed before any receipt goes out.</param>
    /// <param name="now">The time.</param>
    public static ReceiptNumbers Begin(SqliteTransaction transaction, DateTimeOffset now)
    {
        var seconds = Math.Clamp(now.ToUnixTimeSeconds(), 0, (SequenceRange.SequenceMax >> NumbersASecondBits) - 1);
        var start = seconds << NumbersASecondBits;
        var before = transaction.Query("SELECT gateway, receipts FROM ingest_gateway", Row).ToDictionary(StringComparer.Ordinal);
        transaction.Execute("UPDATE ingest_gateway SET receipts = max(receipts, $start)", ("$start", start));
        transaction.Execute("DELETE FROM ingest_life");
        transaction.Execute("INSERT INTO ingest_life VALUES ($start)", ("$start", start));
        return new ReceiptNumbers(start, before);

        static KeyValuePair<string, long> Row(SqliteDataReader reader) => new(reader.GetString(0), reader.GetInt64(1));
    }

    /// <summary>Takes a new block for the gateway of an epoch of which something was settled.</summary>
    /// <param name="transaction">The transaction that settles it.</param>
    /// <param name="epoch">Key of the epoch.</param>
    public static void Advance(SqliteTransaction transaction, long epoch) => transaction.Execute(
        """
        INSERT INTO ingest_gateway
          SELECT gateway, coalesce((SELECT start FROM ingest_life), 0) + $block FROM ingest_epoch WHERE id = $epoch
        ON CONFLICT DO UPDATE SET receipts = receipts + $block
        """,
        ("$epoch", epoch), ("$block", Block));

    /// <summary>The next number for a gateway, which no receipt has.</summary>
    /// <param name="transaction">The transaction that keeps it; only once it has committed may the receipt go out.</param>
    /// <param name="gateway">The gateway.</param>
    public long Next(SqliteTransaction transaction, string gateway)
    {
        var taken = Taken(transaction, gateway);
        var (next, end) = blocks.GetValueOrDefault(gateway);
        if (end == 0 || (taken == end && next > end))
        {
            transaction.Execute(
                """
                INSERT INTO ingest_gateway VALUES ($gateway, $start + $block)
                ON CONFLICT DO UPDATE SET receipts = receipts + $block
                """,
                ("$gateway", gateway), ("$start", start), ("$block", Block));
            taken = Taken(transaction, gateway);
        }

        if (taken != end)
        {
            (next, end) = (taken - Block + 1, taken);
        }

        blocks[gateway] = (next + 1, end);
        return next;
    }

    /// <summary>The transaction that took numbers did not commit: they are not ours.</summary>
    public void Forget() => blocks.Clear();

    /// <summary>Numbers that this database has given to no receipt for a gateway, between those before this process and its own;
    /// null where there are none.</summary>
    public SequenceRange? Unused(string gateway) =>
        before.GetValueOrDefault(gateway) is var last && last < start ? new SequenceRange(last + 1, start) : null;

    /// <summary>Whether a number may have been given by this database.</summary>
    public bool IsOurs(SqliteTransaction transaction, string gateway, long number) =>
        number <= Taken(transaction, gateway) && Unused(gateway)?.Contains(number) != true;

    private static long Taken(SqliteTransaction transaction, string gateway) => transaction.Query(
        "SELECT receipts FROM ingest_gateway WHERE gateway = $gateway", reader => reader.GetInt64(0), ("$gateway", gateway))
        is [var taken] ? taken : 0;
}
