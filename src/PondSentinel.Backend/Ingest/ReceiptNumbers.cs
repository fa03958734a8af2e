using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Ingest;

/// <summary>Gives receipts their numbers, so that a database that was set back can be told by them.</summary>
/// <remarks>
/// <para>Numbers are taken in blocks. Every transaction that settles something of a gateway takes a new block in the same
/// commit (<see cref="Advance"/>), so a number above the block that a database remembers says: this gateway has heard of
/// something that the database does not know.</para>
/// <para>Each process begins at a number made from the time, far above those before. The numbers between are given to nobody,
/// and remembered: a gateway that believes one of them has heard another future of this database, however many processes
/// ago.</para>
/// <para>README.md of this folder tells how the two are used. Used by one at a time.</para>
/// </remarks>
internal sealed class ReceiptNumbers
{
    private const int Block = 256;

    // 2^20 numbers for each second since 1970: more than any process gives away, and below 2^53 until the year 2242.
    private const int NumbersASecondBits = 20;

    private readonly long start;
    private readonly Dictionary<string, (long Next, long End)> blocks = new(StringComparer.Ordinal);

    private ReceiptNumbers(long start) => this.start = start;

    /// <summary>Begins a life of the process.</summary>
    /// <param name="transaction">The transaction, committed before any receipt goes out.</param>
    /// <param name="now">The time.</param>
    public static ReceiptNumbers Begin(SqliteTransaction transaction, DateTimeOffset now)
    {
        var seconds = Math.Clamp(now.ToUnixTimeSeconds(), 0, (SequenceRange.SequenceMax >> NumbersASecondBits) - 1);
        var start = seconds << NumbersASecondBits;
        transaction.Execute(
            """
            UPDATE ingest_unused SET last = $start
            WHERE last < $start AND last = (SELECT receipts FROM ingest_gateway g WHERE g.gateway = ingest_unused.gateway)
            """,
            ("$start", start));
        transaction.Execute(
            """
            INSERT INTO ingest_unused SELECT gateway, receipts + 1, $start FROM ingest_gateway g
            WHERE receipts < $start AND NOT EXISTS(SELECT 1 FROM ingest_unused u WHERE u.gateway = g.gateway AND u.last = $start)
            """,
            ("$start", start));
        Join(transaction);
        transaction.Execute("UPDATE ingest_gateway SET receipts = max(receipts, $start)", ("$start", start));
        transaction.Execute("DELETE FROM ingest_life");
        transaction.Execute("INSERT INTO ingest_life VALUES ($start)", ("$start", start));
        return new ReceiptNumbers(start);
    }

    /// <summary>Takes a new block for the gateway of an epoch of which something was settled.</summary>
    /// <param name="transaction">The transaction that settles it.</param>
    /// <param name="epoch">Key of the epoch.</param>
    public static void Advance(SqliteTransaction transaction, long epoch)
    {
        var gateway = transaction.Query("SELECT gateway FROM ingest_epoch WHERE id = $epoch", reader => reader.GetString(0), ("$epoch", epoch))[0];
        Take(transaction, gateway);
    }

    /// <summary>The next number for a gateway, which no receipt has.</summary>
    /// <param name="transaction">The transaction that keeps it; only once it has committed may the receipt go out.</param>
    /// <param name="gateway">The gateway.</param>
    public long Next(SqliteTransaction transaction, string gateway)
    {
        var taken = Taken(transaction, gateway);
        var (next, end) = blocks.GetValueOrDefault(gateway);
        if (end == 0 || (taken == end && next > end))
        {
            Take(transaction, gateway);
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

    /// <summary>Ranges of numbers below those of this process that this database has given to no receipt for a gateway,
    /// rising.</summary>
    /// <param name="transaction">For reading.</param>
    /// <param name="gateway">The gateway.</param>
    public IReadOnlyList<SequenceRange> Unused(SqliteTransaction transaction, string gateway) => Taken(transaction, gateway) == 0
        ? [new SequenceRange(1, start)]
        : transaction.Query(
            "SELECT first, last FROM ingest_unused WHERE gateway = $gateway ORDER BY first",
            reader => new SequenceRange(reader.GetInt64(0), reader.GetInt64(1)), ("$gateway", gateway));

    /// <summary>Whether a number may have been given by this database.</summary>
    /// <param name="transaction">For reading.</param>
    /// <param name="gateway">The gateway.</param>
    /// <param name="number">The number.</param>
    public bool IsOurs(SqliteTransaction transaction, string gateway, long number) =>
        number <= Taken(transaction, gateway) && !Unused(transaction, gateway).Any(range => range.Contains(number));

    /// <summary>A gateway believes a number that is ours. It never believes a lower one again, so what was unused below it is of no
    /// interest any more.</summary>
    /// <param name="transaction">The transaction that forgets it.</param>
    /// <param name="gateway">The gateway.</param>
    /// <param name="number">The number.</param>
    public static void Believe(SqliteTransaction transaction, string gateway, long number) => transaction.Execute(
        "DELETE FROM ingest_unused WHERE gateway = $gateway AND last < $number", ("$gateway", gateway), ("$number", number));

    private static void Take(SqliteTransaction transaction, string gateway)
    {
        if (Taken(transaction, gateway) == 0)
        {
            transaction.Execute(
                "INSERT OR IGNORE INTO ingest_unused SELECT $gateway, 1, start FROM ingest_life WHERE start > 0", ("$gateway", gateway));
        }

        transaction.Execute(
            """
            INSERT INTO ingest_gateway VALUES ($gateway, coalesce((SELECT start FROM ingest_life), 0) + $block)
            ON CONFLICT DO UPDATE SET receipts = receipts + $block
            """,
            ("$gateway", gateway), ("$block", Block));
    }

    // The two oldest become one, with what lies between: whoever believes a number of that is asked for all it holds, which
    // costs bytes and loses nothing.
    private static void Join(SqliteTransaction transaction)
    {
        foreach (var gateway in transaction.Query(
            "SELECT gateway FROM ingest_unused GROUP BY gateway HAVING count(*) > $most", reader => reader.GetString(0), ("$most", Receipt.UnusedMax)))
        {
            var oldest = transaction.Query(
                "SELECT first, last FROM ingest_unused WHERE gateway = $gateway ORDER BY first LIMIT 2",
                reader => new SequenceRange(reader.GetInt64(0), reader.GetInt64(1)), ("$gateway", gateway));
            transaction.Execute(
                "DELETE FROM ingest_unused WHERE gateway = $gateway AND first = $first", ("$gateway", gateway), ("$first", oldest[1].First));
            transaction.Execute(
                "UPDATE ingest_unused SET last = $last WHERE gateway = $gateway AND first = $first",
                ("$gateway", gateway), ("$first", oldest[0].First), ("$last", oldest[1].Last));
        }
    }

    private static long Taken(SqliteTransaction transaction, string gateway) => transaction.Query(
        "SELECT receipts FROM ingest_gateway WHERE gateway = $gateway", reader => reader.GetInt64(0), ("$gateway", gateway))
        is [var taken] ? taken : 0;
}
