using System.Globalization;
using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Completeness;

/// <summary>The facts that the ledger is made of, within one transaction of the state database.</summary>
/// <param name="transaction">The transaction.</param>
internal sealed class FactTables(SqliteTransaction transaction)
{
    // Blocks of up to this size are made into one where there are many of them.
    private const int SmallBlock = 8_192;
    private const int BlocksMax = 32;
    private const int CompactedMax = 256;

    private const string Schema = """
        CREATE TABLE IF NOT EXISTS completeness_record(
          id INTEGER PRIMARY KEY, gateway TEXT NOT NULL, day INTEGER NOT NULL, epoch TEXT NOT NULL, first INTEGER NOT NULL,
          last INTEGER NOT NULL, block BLOB NOT NULL) STRICT;
        CREATE INDEX IF NOT EXISTS completeness_record_day ON completeness_record(gateway, day);
        CREATE INDEX IF NOT EXISTS completeness_record_number ON completeness_record(gateway, epoch, first, last);
        CREATE TABLE IF NOT EXISTS completeness_life(
          gateway TEXT NOT NULL, epoch TEXT NOT NULL, first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, boot TEXT,
          stop_ms INTEGER, given INTEGER NOT NULL, PRIMARY KEY(gateway, epoch)) STRICT, WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS completeness_life_time ON completeness_life(gateway, first_ms);
        CREATE TABLE IF NOT EXISTS completeness_description(
          gateway TEXT NOT NULL, from_ms INTEGER NOT NULL, schema TEXT NOT NULL, site TEXT NOT NULL, is_told INTEGER NOT NULL,
          PRIMARY KEY(gateway, from_ms, schema)) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS completeness_meta(
          gateway TEXT NOT NULL, schema TEXT NOT NULL, meta BLOB NOT NULL, PRIMARY KEY(gateway, schema)) STRICT, WITHOUT ROWID;
        """;

    /// <summary>Creates what is missing.</summary>
    public void Create() => transaction.Execute(Schema);

    /// <summary>Adds marks of one epoch and UTC day.</summary>
    public void Add(string gateway, long day, string epoch, IReadOnlyList<RecordMark> marks) => transaction.Execute(
        "INSERT INTO completeness_record(gateway, day, epoch, first, last, block) VALUES ($gateway, $day, $epoch, $first, $last, $block)",
        ("$gateway", gateway), ("$day", day), ("$epoch", epoch), ("$first", marks.Min(mark => mark.Number)),
        ("$last", marks.Max(mark => mark.Number)), ("$block", MarkBlock.Encode(marks)));

    /// <summary>The numbers that an epoch's marks of a UTC day reach over; null where there are none.</summary>
    public SequenceRange? Span(string gateway, long day, string epoch) => transaction.Query(
        "SELECT min(first), max(last) FROM completeness_record WHERE gateway = $gateway AND day = $day AND epoch = $epoch",
        reader => reader.IsDBNull(0) ? (SequenceRange?)null : new SequenceRange(reader.GetInt64(0), reader.GetInt64(1)),
        ("$gateway", gateway), ("$day", day), ("$epoch", epoch))[0];

    /// <summary>How many bytes the marks of a gateway take on the UTC days of a time.</summary>
    public long MarkBytes(string gateway, long fromMs, long toMs) => transaction.Query(
        "SELECT coalesce(sum(length(block)), 0) FROM completeness_record WHERE gateway = $gateway AND day BETWEEN $first AND $last",
        reader => reader.GetInt64(0),
        ("$gateway", gateway), ("$first", Slots.Floor(fromMs, DayGrid.DayMs)), ("$last", Slots.Floor(toMs - 1, DayGrid.DayMs)))[0];

    /// <summary>All marks of a gateway in a time, each number once, as the last revision has it.</summary>
    /// <exception cref="InvalidDataException">They are more than there is room for, or damaged.</exception>
    public List<RecordMark> Marks(string gateway, long fromMs, long toMs)
    {
        InvalidDataException TooMany() => new(string.Create(
            CultureInfo.InvariantCulture, $"more than {CompletenessOptions.MarksMax} records on a day or two; find out why it sends so much"));
        if (MarkBytes(gateway, fromMs, toMs) > CompletenessOptions.MarkBytesMax)
        {
            throw TooMany();
        }

        var count = 0;
        var blocks = transaction.Query(
            """
            SELECT epoch, block FROM completeness_record
            WHERE gateway = $gateway AND day BETWEEN $first AND $last ORDER BY id
            """,
            reader => (Epoch: reader.GetString(0), Block: reader.GetFieldValue<byte[]>(1)),
            ("$gateway", gateway), ("$first", Slots.Floor(fromMs, DayGrid.DayMs)), ("$last", Slots.Floor(toMs - 1, DayGrid.DayMs)));
        return Merge(blocks.SelectMany(block => MarkBlock.Decode(block.Epoch, block.Block))
            .Where(mark => mark.TimeMs >= fromMs && mark.TimeMs < toMs)
            .Select(mark => ++count <= CompletenessOptions.MarksMax ? mark : throw TooMany()));
    }

    /// <summary>The highest marked number below another, with its time.</summary>
    public (long Number, long TimeMs)? Below(string gateway, string epoch, long number)
    {
        (long Number, long TimeMs)? best = null;
        foreach (var (last, block) in transaction.Query(
            """
            SELECT last, block FROM completeness_record WHERE gateway = $gateway AND epoch = $epoch AND first < $number
            ORDER BY first DESC LIMIT $most
            """,
            reader => (reader.GetInt64(0), reader.GetFieldValue<byte[]>(1)),
            ("$gateway", gateway), ("$epoch", epoch), ("$number", number), ("$most", BlocksMax)))
        {
            if (best is null || last > best.Value.Number)
            {
                best = MarkBlock.Decode(epoch, block).Where(mark => mark.Number < number && !(mark.Number <= best?.Number))
                    .OrderByDescending(mark => mark.Number).Select(mark => ((long, long)?)(mark.Number, mark.TimeMs))
                    .FirstOrDefault() ?? best;
            }
        }

        return best;
    }

    /// <summary>The lowest marked number above another, with its time.</summary>
    public (long Number, long TimeMs)? Above(string gateway, string epoch, long number)
    {
        (long Number, long TimeMs)? best = null;
        foreach (var (first, block) in transaction.Query(
            """
            SELECT first, block FROM completeness_record WHERE gateway = $gateway AND epoch = $epoch AND last > $number
            ORDER BY last LIMIT $most
            """,
            reader => (reader.GetInt64(0), reader.GetFieldValue<byte[]>(1)),
            ("$gateway", gateway), ("$epoch", epoch), ("$number", number), ("$most", BlocksMax)))
        {
            if (best is null || first < best.Value.Number)
            {
                best = MarkBlock.Decode(epoch, block).Where(mark => mark.Number > number && !(mark.Number >= best?.Number))
                    .OrderBy(mark => mark.Number).Select(mark => ((long, long)?)(mark.Number, mark.TimeMs))
                    .FirstOrDefault() ?? best;
            }
        }

        return best;
    }

    /// <summary>The highest number of an epoch that was measured before an instant; null where there is none.</summary>
    public long? LastBefore(string gateway, string epoch, long timeMs)
    {
        foreach (var block in transaction.Query(
            """
            SELECT block FROM completeness_record WHERE gateway = $gateway AND epoch = $epoch AND day <= $day
            ORDER BY day DESC, last DESC LIMIT $most
            """,
            reader => reader.GetFieldValue<byte[]>(0),
            ("$gateway", gateway), ("$epoch", epoch), ("$day", Slots.Floor(timeMs, DayGrid.DayMs)), ("$most", 2 * BlocksMax)))
        {
            var before = MarkBlock.Decode(epoch, block).Where(mark => mark.TimeMs < timeMs).ToList();
            if (before.Count > 0)
            {
                return before.Max(mark => mark.Number);
            }
        }

        return null;
    }

    /// <summary>Makes few blocks of many small ones. Only of those that follow on each other, in whose place the new one stands: a
    /// revision comes after what it revises.</summary>
    public void Compact(string gateway, long firstDay, long lastDay)
    {
        var crowded = transaction.Query(
            """
            SELECT day, epoch FROM completeness_record
            WHERE gateway = $gateway AND day BETWEEN $first AND $last AND length(block) < $small
            GROUP BY day, epoch HAVING count(*) > $most
            """,
            reader => (Day: reader.GetInt64(0), Epoch: reader.GetString(1)),
            ("$gateway", gateway), ("$first", firstDay), ("$last", lastDay), ("$small", SmallBlock), ("$most", BlocksMax));
        foreach (var (day, epoch) in crowded)
        {
            List<long> run = [];
            foreach (var (id, isSmall) in transaction.Query(
                """
                SELECT id, length(block) < $small FROM completeness_record
                WHERE gateway = $gateway AND day = $day AND epoch = $epoch ORDER BY id
                """,
                reader => (reader.GetInt64(0), reader.GetBoolean(1)),
                ("$gateway", gateway), ("$day", day), ("$epoch", epoch), ("$small", SmallBlock)))
            {
                if (!isSmall || run.Count == CompactedMax)
                {
                    Join(epoch, run);
                    run.Clear();
                }

                if (isSmall)
                {
                    run.Add(id);
                }
            }

            Join(epoch, run);
        }
    }

    /// <summary>The lives of a gateway.</summary>
    public List<Life> Lives(string gateway) => transaction.Query(
        "SELECT epoch, first_ms, last_ms, boot, stop_ms, given FROM completeness_life WHERE gateway = $gateway ORDER BY first_ms, epoch",
        LifeOf, ("$gateway", gateway));

    /// <summary>One life.</summary>
    public Life? FindLife(string gateway, string epoch) => transaction.Query(
        "SELECT epoch, first_ms, last_ms, boot, stop_ms, given FROM completeness_life WHERE gateway = $gateway AND epoch = $epoch",
        LifeOf, ("$gateway", gateway), ("$epoch", epoch)) is [var life] ? life : null;

    /// <summary>The latest last sign of the lives that began before an instant; null where there is none.</summary>
    public long? LastSignBefore(string gateway, long timeMs) => transaction.Query(
        "SELECT max(last_ms) FROM completeness_life WHERE gateway = $gateway AND first_ms < $time",
        reader => reader.Optional<long>(0), ("$gateway", gateway), ("$time", timeMs))[0];

    /// <summary>When the next life after an instant begins; null where none is known.</summary>
    public long? NextLife(string gateway, long timeMs) => transaction.Query(
        "SELECT min(first_ms) FROM completeness_life WHERE gateway = $gateway AND first_ms > $time",
        reader => reader.Optional<long>(0), ("$gateway", gateway), ("$time", timeMs))[0];

    /// <summary>Writes a life; the oldest make room.</summary>
    public void Save(string gateway, Life life, bool isNew)
    {
        transaction.Execute(
            "INSERT OR REPLACE INTO completeness_life VALUES ($gateway, $epoch, $first, $last, $boot, $stop, $given)",
            ("$gateway", gateway), ("$epoch", life.Epoch), ("$first", life.FirstMs), ("$last", life.LastMs), ("$boot", life.Boot),
            ("$stop", life.StopMs), ("$given", life.Given));
        if (isNew)
        {
            transaction.Execute(
                """
                DELETE FROM completeness_life WHERE gateway = $gateway AND epoch IN (
                  SELECT epoch FROM completeness_life WHERE gateway = $gateway ORDER BY first_ms DESC LIMIT -1 OFFSET $most)
                """,
                ("$gateway", gateway), ("$most", CompletenessOptions.LivesMax));
        }
    }

    /// <summary>The descriptions of a gateway, in the order of their times. One that has no time of its own gives way to the
    /// event that has.</summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="known">Those that were read before.</param>
    public List<Description> Descriptions(string gateway, DescriptionCache known)
    {
        var told = transaction.Query(
            "SELECT from_ms, schema, site, is_told FROM completeness_description WHERE gateway = $gateway ORDER BY from_ms, schema",
            reader => (FromMs: reader.GetInt64(0), Schema: reader.GetString(1), Site: reader.GetString(2), IsTold: reader.GetBoolean(3)),
            ("$gateway", gateway));
        var own = told.Where(row => row.IsTold).Select(row => row.Schema).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. told.Where(row => row.IsTold || !own.Contains(row.Schema))
                .Select(row => known.Find(gateway, row.Schema, () => Meta(gateway, row.Schema)) is { } devices
                    ? new Description(row.FromMs, row.Site, devices) : null)
                .OfType<Description>(),
        ];
    }

    /// <summary>When the next description after an instant begins to hold; null where there is none.</summary>
    public long? NextDescription(string gateway, long timeMs) => transaction.Query(
        "SELECT min(from_ms) FROM completeness_description WHERE gateway = $gateway AND from_ms > $time",
        reader => reader.Optional<long>(0), ("$gateway", gateway), ("$time", timeMs))[0];

    /// <summary>Adds a description; the oldest make room.</summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="fromMs">From when on it holds.</param>
    /// <param name="schema">Its name.</param>
    /// <param name="site">The site.</param>
    /// <param name="isTold">Whether the gateway itself said from when on it holds.</param>
    /// <param name="meta">The message.</param>
    /// <returns>Whether it says anything new.</returns>
    public bool AddDescription(string gateway, long fromMs, string schema, string site, bool isTold, ReadOnlyMemory<byte> meta)
    {
        if (!isTold && transaction.Query(
            "SELECT 1 FROM completeness_description WHERE gateway = $gateway AND schema = $schema LIMIT 1", _ => true,
            ("$gateway", gateway), ("$schema", schema)).Count > 0)
        {
            return false;
        }

        var added = transaction.Execute(
            "INSERT OR IGNORE INTO completeness_description VALUES ($gateway, $from, $schema, $site, $told)",
            ("$gateway", gateway), ("$from", fromMs), ("$schema", schema), ("$site", site), ("$told", isTold ? 1 : 0));
        transaction.Execute(
            "INSERT OR IGNORE INTO completeness_meta VALUES ($gateway, $schema, $meta)",
            ("$gateway", gateway), ("$schema", schema), ("$meta", meta.ToArray()));
        transaction.Execute(
            """
            DELETE FROM completeness_description WHERE gateway = $gateway AND from_ms < (
              SELECT from_ms FROM completeness_description WHERE gateway = $gateway ORDER BY from_ms DESC LIMIT 1 OFFSET $most)
            """,
            ("$gateway", gateway), ("$most", CompletenessOptions.LivesMax));
        transaction.Execute(
            """
            DELETE FROM completeness_description WHERE gateway = $gateway AND schema IN (
              SELECT schema FROM completeness_description WHERE gateway = $gateway GROUP BY schema
              ORDER BY max(from_ms) DESC LIMIT -1 OFFSET $metas)
            """,
            ("$gateway", gateway), ("$metas", CompletenessOptions.MetasMax));
        transaction.Execute(
            """
            DELETE FROM completeness_meta WHERE gateway = $gateway AND schema NOT IN (
              SELECT schema FROM completeness_description WHERE gateway = $gateway)
            """,
            ("$gateway", gateway));
        return added > 0;
    }

    /// <summary>Forgets what is older than a UTC day.</summary>
    public void Forget(long day)
    {
        transaction.Execute("DELETE FROM completeness_record WHERE day < $day", ("$day", day));
        transaction.Execute("DELETE FROM completeness_life WHERE last_ms < $ms", ("$ms", day * DayGrid.DayMs));
    }

    private void Join(string epoch, List<long> blocks)
    {
        if (blocks.Count < 2)
        {
            return;
        }

        var marks = Merge(blocks.SelectMany(id => MarkBlock.Decode(epoch, transaction.Query(
            "SELECT block FROM completeness_record WHERE id = $id", reader => reader.GetFieldValue<byte[]>(0), ("$id", id))[0])));
        foreach (var id in blocks.Skip(1))
        {
            transaction.Execute("DELETE FROM completeness_record WHERE id = $id", ("$id", id));
        }

        transaction.Execute(
            "UPDATE completeness_record SET first = $first, last = $last, block = $block WHERE id = $id",
            ("$id", blocks[0]), ("$first", marks.Min(mark => mark.Number)), ("$last", marks.Max(mark => mark.Number)),
            ("$block", MarkBlock.Encode(marks)));
    }

    private byte[]? Meta(string gateway, string schema) => transaction.Query(
        "SELECT meta FROM completeness_meta WHERE gateway = $gateway AND schema = $schema",
        reader => reader.GetFieldValue<byte[]>(0), ("$gateway", gateway), ("$schema", schema)) is [var meta] ? meta : null;

    private static Life LifeOf(SqliteDataReader reader) => new(
        reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2), reader.IsDBNull(3) ? null : reader.GetString(3),
        reader.Optional<long>(4), reader.GetInt64(5));

    // In the order in which they came: a later one takes the place of what it revises. It came late where the first did.
    private static List<RecordMark> Merge(IEnumerable<RecordMark> marks)
    {
        Dictionary<(string, long), RecordMark> merged = [];
        foreach (var mark in marks)
        {
            merged[(mark.Epoch, mark.Number)] = merged.TryGetValue((mark.Epoch, mark.Number), out var before)
                ? mark with { IsLate = before.IsLate, Shape = before.Shape.With(mark.Shape) }
                : mark;
        }

        return [.. merged.Values];
    }
}
