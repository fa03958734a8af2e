using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Ingest;

/// <summary>What ingest knows of gateways, epochs and numbers, within one transaction of the state database.</summary>
/// <remarks>
/// <para><c>ingest_settled</c> is the set that receipts speak of; <c>ingest_exception</c> says of some of its numbers that
/// they were settled by another way than being stored. So stored is settled without an exception, and an ordinary epoch is
/// one row.</para>
/// <para>Both tables hold disjoint ranges; <c>ingest_settled</c> also none that touch.</para>
/// </remarks>
/// <param name="transaction">The transaction.</param>
internal sealed class IngestTables(SqliteTransaction transaction)
{
    private const string Schema = """
        CREATE TABLE IF NOT EXISTS ingest_gateway(gateway TEXT PRIMARY KEY, receipts INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS ingest_generation(gateway TEXT PRIMARY KEY, generation INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS ingest_life(start INTEGER NOT NULL) STRICT;
        CREATE TABLE IF NOT EXISTS ingest_unused(
          gateway TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY(gateway, first)) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS ingest_told(
          gateway TEXT NOT NULL, epoch TEXT NOT NULL, last INTEGER NOT NULL, PRIMARY KEY(gateway, epoch)) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS ingest_inventory(gateway TEXT PRIMARY KEY, first_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS ingest_epoch(
          id INTEGER PRIMARY KEY, gateway TEXT NOT NULL, epoch TEXT NOT NULL, site TEXT, runs INTEGER NOT NULL DEFAULT 0,
          has_gaps INTEGER NOT NULL DEFAULT 0, UNIQUE(gateway, epoch)) STRICT;
        CREATE INDEX IF NOT EXISTS ingest_epoch_gaps ON ingest_epoch(gateway) WHERE has_gaps = 1;
        CREATE TABLE IF NOT EXISTS ingest_settled(
          epoch INTEGER NOT NULL REFERENCES ingest_epoch(id), sequence INTEGER NOT NULL, first INTEGER NOT NULL,
          last INTEGER NOT NULL, PRIMARY KEY(epoch, sequence, first)) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS ingest_exception(
          epoch INTEGER NOT NULL REFERENCES ingest_epoch(id), first INTEGER NOT NULL, last INTEGER NOT NULL,
          standing INTEGER NOT NULL, seen_ms INTEGER NOT NULL, PRIMARY KEY(epoch, first)) STRICT, WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS ingest_exception_seen ON ingest_exception(epoch, seen_ms) WHERE standing >= 16 AND standing < 32;
        CREATE INDEX IF NOT EXISTS ingest_exception_vanished ON ingest_exception(epoch, first) WHERE standing IN (5, 32);
        CREATE TABLE IF NOT EXISTS ingest_reopened(
          epoch INTEGER NOT NULL REFERENCES ingest_epoch(id), first INTEGER NOT NULL, last INTEGER NOT NULL,
          PRIMARY KEY(epoch, first)) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS ingest_event(
          id INTEGER PRIMARY KEY AUTOINCREMENT, gateway TEXT NOT NULL, site TEXT NOT NULL, at_ms INTEGER NOT NULL,
          payload BLOB NOT NULL) STRICT;
        CREATE TABLE IF NOT EXISTS ingest_event_refused(
          epoch INTEGER NOT NULL REFERENCES ingest_epoch(id), number INTEGER NOT NULL, standing INTEGER NOT NULL,
          seen_ms INTEGER NOT NULL, PRIMARY KEY(epoch, number)) STRICT, WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS ingest_event_gateway ON ingest_event(gateway, id);
        CREATE TABLE IF NOT EXISTS ingest_calibration(
          gateway TEXT NOT NULL, id TEXT NOT NULL, at_ms INTEGER NOT NULL, record BLOB NOT NULL,
          PRIMARY KEY(gateway, id)) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS ingest_channel(
          gateway TEXT NOT NULL, device TEXT NOT NULL, channel TEXT NOT NULL, measurand TEXT NOT NULL, station TEXT NOT NULL,
          site TEXT NOT NULL, PRIMARY KEY(gateway, device, channel, measurand, station, site)) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS ingest_revised(
          gateway TEXT NOT NULL, epoch TEXT NOT NULL, number INTEGER NOT NULL, channel TEXT NOT NULL,
          by_epoch INTEGER NOT NULL, by_number INTEGER NOT NULL, at_ms INTEGER NOT NULL,
          PRIMARY KEY(gateway, epoch, number, channel)) STRICT, WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS ingest_revised_age ON ingest_revised(at_ms);
        CREATE TABLE IF NOT EXISTS ingest_latest(
          gateway TEXT NOT NULL, site TEXT NOT NULL, kind INTEGER NOT NULL, at_ms INTEGER NOT NULL, payload BLOB NOT NULL,
          PRIMARY KEY(gateway, site, kind)) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS ingest_dictionary(
          gateway TEXT NOT NULL, id TEXT NOT NULL, at_ms INTEGER NOT NULL, meta BLOB NOT NULL,
          PRIMARY KEY(gateway, id)) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS ingest_letters(file TEXT PRIMARY KEY, lines INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS ingest_refusal(
          gateway TEXT NOT NULL, cause TEXT NOT NULL, messages INTEGER NOT NULL,
          PRIMARY KEY(gateway, cause)) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS ingest_ahead(gateway TEXT PRIMARY KEY, records INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        """;

    /// <summary>Creates what is missing.</summary>
    public void Create()
    {
        transaction.Execute(Schema);
        new UnwrittenCalibrations(transaction).Create();
    }

    /// <summary>Finds an epoch.</summary>
    public EpochRow? Find(string gateway, string epoch) => transaction.Query(
        "SELECT id, gateway, epoch, site, runs, has_gaps FROM ingest_epoch WHERE gateway = $gateway AND epoch = $epoch",
        RowOf, ("$gateway", gateway), ("$epoch", epoch)) is [var row] ? row : null;

    /// <summary>Finds an epoch or begins it, and notes its site where that was not known.</summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="site">Where it was taken; null where this message does not tell.</param>
    public EpochRow Enter(string gateway, string epoch, string? site) => transaction.Query(
        """
        INSERT INTO ingest_epoch(gateway, epoch, site) VALUES ($gateway, $epoch, $site)
        ON CONFLICT DO UPDATE SET site = coalesce(site, excluded.site)
        RETURNING id, gateway, epoch, site, runs, has_gaps
        """,
        RowOf, ("$gateway", gateway), ("$epoch", epoch), ("$site", site))[0];

    /// <summary>A gateway's epochs with a gap.</summary>
    public List<EpochRow> WithGaps(string gateway) => transaction.Query(
        "SELECT id, gateway, epoch, site, runs, has_gaps FROM ingest_epoch WHERE gateway = $gateway AND has_gaps = 1",
        RowOf, ("$gateway", gateway));

    /// <summary>The settled ranges that share a number with a range or touch it.</summary>
    public List<SequenceRange> Settled(long epoch, Sequence sequence, SequenceRange range) => transaction.Query(
        """
        SELECT first, last FROM ingest_settled
        WHERE epoch = $epoch AND sequence = $sequence AND first <= $last + 1 AND last >= $first - 1
          AND first >= coalesce((SELECT max(first) FROM ingest_settled
            WHERE epoch = $epoch AND sequence = $sequence AND first < $first), 0)
        ORDER BY first
        """,
        RangeOf, ("$epoch", epoch), ("$sequence", (long)sequence), ("$first", range.First), ("$last", range.Last));

    /// <summary>All settled ranges of an epoch.</summary>
    public List<SequenceRange> Settled(long epoch, Sequence sequence) => transaction.Query(
        "SELECT first, last FROM ingest_settled WHERE epoch = $epoch AND sequence = $sequence ORDER BY first",
        RangeOf, ("$epoch", epoch), ("$sequence", (long)sequence));

    /// <summary>The highest settled number of an epoch; -1 where there is none.</summary>
    public long Highest(long epoch, Sequence sequence) => transaction.Query(
        "SELECT last FROM ingest_settled WHERE epoch = $epoch AND sequence = $sequence ORDER BY first DESC LIMIT 1",
        reader => reader.GetInt64(0), ("$epoch", epoch), ("$sequence", (long)sequence)) is [var last] ? last : -1;

    /// <summary>The exceptions that share a number with a range.</summary>
    public List<(SequenceRange Range, Standing Standing, long SeenMs)> Exceptions(long epoch, SequenceRange range) =>
        transaction.Query(
            """
            SELECT first, last, standing, seen_ms FROM ingest_exception
            WHERE epoch = $epoch AND first <= $last AND last >= $first
              AND first >= coalesce((SELECT max(first) FROM ingest_exception WHERE epoch = $epoch AND first < $first), 0)
            ORDER BY first
            """,
            reader => (RangeOf(reader), (Standing)reader.GetInt64(2), reader.GetInt64(3)),
            ("$epoch", epoch), ("$first", range.First), ("$last", range.Last));

    /// <summary>Settles numbers, and says nothing of how.</summary>
    public void Settle(long epoch, Sequence sequence, SequenceRange range)
    {
        if (sequence == Sequence.Records)
        {
            CloseReopened(epoch, range);
        }

        var (first, last) = range;
        foreach (var touching in Settled(epoch, sequence, range))
        {
            (first, last) = (Math.Min(first, touching.First), Math.Max(last, touching.Last));
            transaction.Execute(
                "DELETE FROM ingest_settled WHERE epoch = $epoch AND sequence = $sequence AND first = $first",
                ("$epoch", epoch), ("$sequence", (long)sequence), ("$first", touching.First));
        }

        AddSettled(epoch, sequence, first, last);
    }

    /// <summary>Settles numbers as stored, whatever was said of them before: a loss is taken back.</summary>
    public void SettleStored(long epoch, SequenceRange range)
    {
        CutExceptions(epoch, range);
        Settle(epoch, Sequence.Records, range);
    }

    /// <summary>Settles those of the numbers that are not settled yet by another way.</summary>
    public void SettleOther(long epoch, SequenceRange range, Standing standing, long nowMs)
    {
        foreach (var part in Ranges.Without(range, Settled(epoch, Sequence.Records, range)))
        {
            AddException(epoch, part, standing, nowMs);
        }

        Settle(epoch, Sequence.Records, range);
    }

    /// <summary>The same of many parts of a range at once: thousands of losses fit in one message.</summary>
    public void SettleOthers(long epoch, SequenceRange range, List<(SequenceRange Range, Standing Standing)> others, long nowMs)
    {
        var settled = Settled(epoch, Sequence.Records, range);
        foreach (var (part, standing) in others)
        {
            // A gateway that was told by mistake that something is settled takes it for had, and it was never anywhere.
            var reopened = standing == Standing.Had ? Reopened(epoch, part) : [];
            foreach (var rest in Ranges.Without(part, settled))
            {
                foreach (var had in Ranges.Without(rest, reopened))
                {
                    AddException(epoch, had, standing, nowMs);
                }

                foreach (var lost in reopened.Where(lost => lost.First <= rest.Last && lost.Last >= rest.First))
                {
                    var both = new SequenceRange(Math.Max(lost.First, rest.First), Math.Min(lost.Last, rest.Last));
                    AddException(epoch, both, Standing.Card, nowMs);
                }
            }
        }

        foreach (var joined in Ranges.Joined(others.Select(other => other.Range)))
        {
            Settle(epoch, Sequence.Records, joined);
        }
    }

    /// <summary>Settles records that came and cannot be stored, whatever was said of them before.</summary>
    public void SettleRefused(long epoch, SequenceRange range, Standing standing, long nowMs)
    {
        CutExceptions(epoch, range);
        Settle(epoch, Sequence.Records, range);
        AddException(epoch, range, standing, nowMs);
    }

    /// <summary>Takes back that numbers were lost without a word, or before this database: their gateway holds them after all.
    /// </summary>
    /// <param name="epoch">Key of the epoch.</param>
    /// <param name="range">What is held.</param>
    /// <param name="most">Most ranges that are taken back.</param>
    /// <returns>Which, rising.</returns>
    public List<SequenceRange> Reopen(long epoch, SequenceRange range, int most)
    {
        // Card and Before, as the index has them.
        var parts = transaction.Query(
            """
            SELECT max(first, $first), min(last, $last) FROM ingest_exception INDEXED BY ingest_exception_vanished
            WHERE epoch = $epoch AND standing IN (5, 32) AND first <= $last AND last >= $first
              AND first >= coalesce((SELECT max(first) FROM ingest_exception WHERE epoch = $epoch AND first < $first), 0)
            ORDER BY first LIMIT $most
            """,
            RangeOf, ("$epoch", epoch), ("$first", range.First), ("$last", range.Last), ("$most", most));
        foreach (var part in parts)
        {
            foreach (var told in Exceptions(epoch, part).Where(item => item.Standing == Standing.Card))
            {
                AddReopened(epoch, new SequenceRange(Math.Max(told.Range.First, part.First), Math.Min(told.Range.Last, part.Last)));
            }

            CutExceptions(epoch, part);
            foreach (var settled in Settled(epoch, Sequence.Records, part))
            {
                transaction.Execute(
                    "DELETE FROM ingest_settled WHERE epoch = $epoch AND sequence = $sequence AND first = $first",
                    ("$epoch", epoch), ("$sequence", (long)Sequence.Records), ("$first", settled.First));
                foreach (var (first, last) in Ranges.Without(settled, [part]))
                {
                    AddSettled(epoch, Sequence.Records, first, last);
                }
            }
        }

        return parts;
    }

    /// <summary>Keeps the newest message of a kind from each of a gateway's newest sites: it names them as it likes.</summary>
    public void KeepLatest(Topic topic, ReadOnlyMemory<byte> payload, int sitesMost, long nowMs)
    {
        var kind = LatestMessages.KeyOf(topic.Kind);
        transaction.Execute(
            """
            INSERT INTO ingest_latest VALUES ($gateway, $site, $kind, $now, $payload)
            ON CONFLICT DO UPDATE SET at_ms = excluded.at_ms, payload = excluded.payload
            """,
            ("$gateway", topic.Gateway), ("$site", topic.Site), ("$kind", kind), ("$now", nowMs),
            ("$payload", payload.ToArray()));
        transaction.Execute(
            """
            DELETE FROM ingest_latest WHERE gateway = $gateway AND kind = $kind AND site <> $site AND site NOT IN (
              SELECT site FROM ingest_latest WHERE gateway = $gateway AND kind = $kind AND site <> $site
              ORDER BY at_ms DESC LIMIT $others)
            """,
            ("$gateway", topic.Gateway), ("$site", topic.Site), ("$kind", kind), ("$others", sitesMost - 1));
    }

    /// <summary>The highest number that a gateway has ever told to hold, of each epoch that its inventory named last.</summary>
    public Dictionary<string, long> Told(string gateway) => transaction.Query(
        "SELECT epoch, last FROM ingest_told WHERE gateway = $gateway",
        reader => KeyValuePair.Create(reader.GetString(0), reader.GetInt64(1)), ("$gateway", gateway)).ToDictionary(StringComparer.Ordinal);

    /// <summary>Notes what an inventory tells of an epoch, or that it names it no more.</summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="last">Its highest number; null where it is not named.</param>
    public void Tell(string gateway, string epoch, long? last) => transaction.Execute(
        last is null
            ? "DELETE FROM ingest_told WHERE gateway = $gateway AND epoch = $epoch"
            : "INSERT INTO ingest_told VALUES ($gateway, $epoch, $last) ON CONFLICT DO UPDATE SET last = excluded.last",
        ("$gateway", gateway), ("$epoch", epoch), ("$last", last ?? 0));

    /// <summary>Notes that a gateway has told what it holds.</summary>
    /// <returns>Whether it did so for the first time.</returns>
    public bool BeginInventories(string gateway, long nowMs) => transaction.Execute(
        "INSERT OR IGNORE INTO ingest_inventory VALUES ($gateway, $now)", ("$gateway", gateway), ("$now", nowMs)) > 0;

    /// <summary>The next inventory of a gateway draws the line anew: this database was set back, so what the gateway holds no
    /// more may have been stored by what it has forgotten.</summary>
    /// <param name="gateway">The gateway; null for all.</param>
    public void ForgetInventories(string? gateway) => transaction.Execute(
        "DELETE FROM ingest_inventory WHERE $gateway IS NULL OR gateway = $gateway", ("$gateway", gateway));

    /// <summary>Notes that the gateway still sends numbers that were refused.</summary>
    public void SeeAgain(long epoch, SequenceRange range, long nowMs) => transaction.Execute(
        """
        UPDATE ingest_exception SET seen_ms = $now
        WHERE epoch = $epoch AND first <= $last AND last >= $first AND standing >= $refused AND standing < $before
          AND first >= coalesce((SELECT max(first) FROM ingest_exception WHERE epoch = $epoch AND first < $first), 0)
        """,
        ("$now", nowMs), ("$epoch", epoch), ("$first", range.First), ("$last", range.Last),
        ("$refused", (long)Standing.Malformed), ("$before", (long)Standing.Before));

    /// <summary>What was refused of an epoch and was seen not long ago: of more, what was seen last. Rising.</summary>
    public List<RejectedRange> Refused(long epoch, long sinceMs, int most) =>
    [
        .. transaction.Query(
            """
            SELECT first, last, standing FROM ingest_exception INDEXED BY ingest_exception_seen
            WHERE epoch = $epoch AND standing >= 16 AND standing < 32 AND seen_ms >= $since ORDER BY seen_ms DESC LIMIT $most
            """,
            reader => new RejectedRange(RangeOf(reader), ((Standing)reader.GetInt64(2)).Token),
            ("$epoch", epoch), ("$since", sinceMs), ("$most", most)).OrderBy(rejected => rejected.Range.First),
    ];

    /// <summary>Brings the epoch's row up to its ranges, and parts the receipts before the change from those after it. Once,
    /// after the last change of a transaction.</summary>
    public void Close(long epoch)
    {
        ReceiptNumbers.Advance(transaction, epoch);
        transaction.Execute(
            """
            UPDATE ingest_epoch SET
              runs = (SELECT count(*) FROM ingest_settled WHERE epoch = $epoch),
              has_gaps = EXISTS(SELECT 1 FROM ingest_settled s WHERE epoch = $epoch AND sequence = $records AND first > 0)
            WHERE id = $epoch
            """,
            ("$epoch", epoch), ("$records", (long)Sequence.Records));
    }

    /// <summary>How many lines of a file of dead letters have been given to the store again.</summary>
    public long LettersDone(string file) => transaction.Query(
        "SELECT lines FROM ingest_letters WHERE file = $file", reader => reader.GetInt64(0), ("$file", file)) is [var lines] ? lines : 0;

    /// <summary>Notes how many lines of a file have been given to the store again.</summary>
    public void NoteLetters(string file, long lines) => transaction.Execute(
        "INSERT INTO ingest_letters VALUES ($file, $lines) ON CONFLICT DO UPDATE SET lines = excluded.lines",
        ("$file", file), ("$lines", lines));

    /// <summary>Forgets a file of dead letters, which is gone.</summary>
    public void ForgetLetters(string file) => transaction.Execute(
        "DELETE FROM ingest_letters WHERE file = $file", ("$file", file));

    /// <summary>Counts messages of a gateway that were refused whole.</summary>
    public void CountRefused(string gateway, string cause, int messages = 1) => transaction.Execute(
        "INSERT INTO ingest_refusal VALUES ($gateway, $cause, $messages) ON CONFLICT DO UPDATE SET messages = messages + $messages",
        ("$gateway", gateway), ("$cause", cause), ("$messages", messages));

    /// <summary>Counts records of a gateway that were stored with times ahead of now.</summary>
    public void CountAhead(string gateway, int records) => transaction.Execute(
        "INSERT INTO ingest_ahead VALUES ($gateway, $records) ON CONFLICT DO UPDATE SET records = records + $records",
        ("$gateway", gateway), ("$records", records));

    private void AddException(long epoch, SequenceRange range, Standing standing, long seenMs) => transaction.Execute(
        "INSERT INTO ingest_exception VALUES ($epoch, $first, $last, $standing, $seen)",
        ("$epoch", epoch), ("$first", range.First), ("$last", range.Last), ("$standing", (long)standing), ("$seen", seenMs));

    private void AddSettled(long epoch, Sequence sequence, long first, long last) => transaction.Execute(
        "INSERT INTO ingest_settled VALUES ($epoch, $sequence, $first, $last)",
        ("$epoch", epoch), ("$sequence", (long)sequence), ("$first", first), ("$last", last));

    // What was settled as vanished and is open again: receipts had said of it that it is settled.
    private List<SequenceRange> Reopened(long epoch, SequenceRange range) => transaction.Query(
        """
        SELECT first, last FROM ingest_reopened
        WHERE epoch = $epoch AND first <= $last AND last >= $first
          AND first >= coalesce((SELECT max(first) FROM ingest_reopened WHERE epoch = $epoch AND first < $first), 0)
        ORDER BY first
        """,
        RangeOf, ("$epoch", epoch), ("$first", range.First), ("$last", range.Last));

    private void AddReopened(long epoch, SequenceRange range) => transaction.Execute(
        "INSERT INTO ingest_reopened VALUES ($epoch, $first, $last)",
        ("$epoch", epoch), ("$first", range.First), ("$last", range.Last));

    private void CloseReopened(long epoch, SequenceRange range)
    {
        foreach (var old in Reopened(epoch, range))
        {
            transaction.Execute(
                "DELETE FROM ingest_reopened WHERE epoch = $epoch AND first = $first", ("$epoch", epoch), ("$first", old.First));
            foreach (var rest in Ranges.Without(old, [range]))
            {
                AddReopened(epoch, rest);
            }
        }
    }

    private void CutExceptions(long epoch, SequenceRange range)
    {
        foreach (var (old, standing, seenMs) in Exceptions(epoch, range))
        {
            transaction.Execute(
                "DELETE FROM ingest_exception WHERE epoch = $epoch AND first = $first",
                ("$epoch", epoch), ("$first", old.First));
            foreach (var rest in Ranges.Without(old, [range]))
            {
                AddException(epoch, rest, standing, seenMs);
            }
        }
    }

    private static EpochRow RowOf(SqliteDataReader reader) => new(
        reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.IsDBNull(3) ? null : reader.GetString(3),
        reader.GetInt64(4), reader.GetBoolean(5));

    private static SequenceRange RangeOf(SqliteDataReader reader) => new(reader.GetInt64(0), reader.GetInt64(1));
}
