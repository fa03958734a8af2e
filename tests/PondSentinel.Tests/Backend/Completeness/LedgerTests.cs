using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Completeness;
using PondSentinel.Backend.Gateways;
using PondSentinel.Backend.Ingest;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Completeness;

/// <summary>The rules of the ledger one by one, on a gateway that polls one device each minute.</summary>
public sealed class LedgerTests : IDisposable
{
    private const string Epoch = "7q2mzk4a";
    private const string Next = "7q2mzk4b";
    private const long Minute = 60_000;
    private static readonly long Start = new DateTimeOffset(2026, 7, 1, 6, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();
    private static readonly long Midnight = new DateTimeOffset(2026, 7, 2, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    private readonly LedgerBench bench = new(new DayGrid(0), Start + (60 * Minute));

    public void Dispose() => bench.Dispose();

    [Fact]
    public void Poll_that_does_not_come_is_missed_without_any_message()
    {
        Begin(Epoch, Start, "a");
        Store(0, 9);
        bench.NowMs = Start + (19 * Minute);
        Assert.Equal("expected 10, good=10", Bring());

        bench.NowMs = Start + (40 * Minute);
        Assert.Equal("expected 30, good=10 unheard=20", Bring());
    }

    [Fact]
    public void Power_cut_is_told_from_a_crash_by_the_boot_and_from_a_stop_by_its_word()
    {
        Begin(Epoch, Start, "a");
        Store(0, 9);
        bench.Tell(Next, "audit", Start + (30 * Minute), """{"what":"start","boot":"b"}"""u8.ToArray());
        Assert.Equal("expected 50, good=10 power=20 unheard=20", Bring());

        bench.Tell(Epoch, "audit", Start + (9 * Minute) + 30_000, """{"what":"stop"}"""u8.ToArray());
        Assert.Equal("expected 50, good=10 stop=20 unheard=20", Bring());
    }

    [Fact]
    public void Same_boot_means_that_the_program_ended()
    {
        Begin(Epoch, Start, "a");
        Store(0, 9);
        bench.Tell(Next, "audit", Start + (30 * Minute), """{"what":"start","boot":"a"}"""u8.ToArray());

        Assert.Equal("expected 50, good=10 crash=20 unheard=20", Bring());
    }

    [Fact]
    public void State_that_says_stop_holds_until_something_newer_is_heard()
    {
        Begin(Epoch, Start, "a");
        Store(0, 39);
        bench.Say(new StateMessage { On = false, Reason = "stop", Epoch = Epoch, Inventory = [new HeldEpoch(Epoch, 0, 39)] });

        Assert.Equal("expected 50, good=40 stop=10", Bring());
    }

    [Fact]
    public void Lost_numbers_are_the_empty_minutes_between_their_neighbours_and_a_record_takes_its_loss_back()
    {
        Begin(Epoch, Start, "a");
        Store(0, 9);
        Store(30, 49);
        Assert.Equal("expected 50, good=30 waiting=20", Bring());

        bench.Lose(Epoch, new SequenceRange(10, 29), Standing.Full);
        Assert.Equal("expected 50, good=30 full=20", Bring());

        Store(12, 12);
        Assert.Equal("expected 50, good=31 full=19", Bring());
    }

    [Fact]
    public void Lost_numbers_without_an_empty_slot_are_told_of_the_gateway()
    {
        Begin(Epoch, Start, "a");
        Store(0, 9);
        bench.Store(Epoch, 15, Record(15) with { TimeMs = Start + (10 * Minute) + 700 });
        bench.Lose(Epoch, new SequenceRange(10, 14), Standing.Bad);
        bench.NowMs = Start + (20 * Minute) + 800;
        Bring();

        Assert.Equal("bad-card=5", Assert.Single(bench.Rows, row => row.Channel == LedgerChannel.OfGateway).Counts.ToString());
    }

    [Fact]
    public void Revision_replaces_and_never_doubles()
    {
        Begin(Epoch, Start, "a");
        Store(0, 49);
        bench.Store(Epoch, 7, Record(7, QualityFlag.Fail), isRevision: true);
        bench.SettleRevision(Epoch, 50);

        Assert.Equal("expected 50, good=49 bad=1", Bring());
    }

    [Fact]
    public void Thinned_record_stands_for_the_minutes_it_covers()
    {
        Begin(Epoch, Start, "a");
        Store(0, 9);
        bench.Lose(Epoch, new SequenceRange(10, 18), Standing.Thin);
        bench.Store(Epoch, 19, Record(19) with { CoveredMs = 9 * Minute });
        Store(20, 49);

        Assert.Equal("expected 50, good=41 thinned=9", Bring());
        Assert.Equal(50, Assert.Single(bench.Rows).Counts.Complete);
    }

    [Fact]
    public void Record_is_late_that_comes_more_than_ten_minutes_after_its_time()
    {
        Begin(Epoch, Start, "a");
        bench.NowMs = Start + (10 * Minute);
        Store(0, 5);
        Bring();
        Assert.Equal(0, Assert.Single(bench.Rows).Late);

        bench.NowMs = Start + (17 * Minute);
        Store(6, 9);
        Bring();
        Assert.Equal(1, Assert.Single(bench.Rows).Late);
    }

    [Fact]
    public void Clock_in_2099_makes_no_days()
    {
        Begin(Epoch, Start, "a");
        Store(0, 9);
        bench.Store(Epoch, 10, Record(10) with { TimeMs = new DateTimeOffset(2099, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds() });
        bench.Store(Epoch, 11, Record(11) with { TimeMs = 0 });
        bench.NowMs = Start + (20 * Minute);
        Bring();

        Assert.Equal(10, Assert.Single(bench.Rows).Counts.Complete);
        using var transaction = bench.Connection.BeginTransaction();
        Assert.Equal([KeyValuePair.Create(LedgerHistory.Gateway, 2L)], new RowTables(transaction).Outside());
    }

    [Fact]
    public void Gateway_that_was_silent_for_a_month_is_taken_for_taken_down()
    {
        Begin(Epoch, Start, "a");
        Store(0, 9);
        bench.NowMs = Start + (60 * DayGrid.DayMs);
        Bring();
        bench.NowMs += 10 * Minute;
        Bring();

        Assert.Equal(31 * 1_440, bench.Rows.Sum(row => row.Counts[Fate.Unheard]), tolerance: 1_441);
        Assert.All(bench.Rows, row => Assert.Equal(0, row.Unexplained));
    }

    [Fact]
    public void Gateway_that_is_retired_is_expected_no_longer()
    {
        Begin(Epoch, Start, "a");
        Store(0, 9);
        using (var command = bench.Connection.CreateCommand())
        {
            command.CommandText = RetirementTable.Schema + FormattableString.Invariant(
                $"""
                CREATE TABLE alert_heard(site TEXT, gateway TEXT, heard_ms INTEGER);
                INSERT INTO retired_gateway VALUES ('{LedgerHistory.Site}', '{LedgerHistory.Gateway}', {Start + (30 * Minute)}, 'Li', '');
                """);
            command.ExecuteNonQuery();
        }

        bench.NowMs = Start + (60 * DayGrid.DayMs);
        Bring();
        bench.NowMs += 10 * Minute;
        Bring();

        Assert.Equal(20, bench.Rows.Sum(row => row.Counts[Fate.Unheard]), tolerance: 1);
        Assert.All(bench.Rows, row => Assert.Equal(0, row.Unexplained));
    }

    [Fact]
    public void Gateway_of_the_same_name_that_was_retired_elsewhere_is_another_one()
    {
        Begin(Epoch, Start, "a");
        Store(0, 9);
        using (var command = bench.Connection.CreateCommand())
        {
            command.CommandText = RetirementTable.Schema + FormattableString.Invariant(
                $"""
                CREATE TABLE alert_heard(site TEXT, gateway TEXT, heard_ms INTEGER);
                INSERT INTO retired_gateway VALUES ('elsewhere', '{LedgerHistory.Gateway}', {Start + (30 * Minute)}, 'Li', '');
                """);
            command.ExecuteNonQuery();
        }

        bench.NowMs = Start + DayGrid.DayMs;
        Bring();
        bench.NowMs += 10 * Minute;
        Bring();

        Assert.InRange(bench.Rows.Sum(row => row.Counts[Fate.Unheard]), 1_000, 1_500);
    }

    [Fact]
    public void Another_calendar_counts_all_days_anew()
    {
        Begin(Epoch, Start, "a");
        Store(0, 49);
        Bring();
        bench.Move(new DayGrid(-400 * Minute));
        Bring();

        Assert.Equal([(20634L, 40L), (20635L, 10L)], bench.Rows.Select(row => (row.Day, row.Expected)));
    }

    [Fact]
    public void Interval_that_changes_is_expected_from_its_own_time_on()
    {
        Begin(Epoch, Start, "a");
        Store(0, 9);
        Begin(Next, Start + (10 * Minute), "a", intervalMs: 30_000);
        for (var number = 0; number < 80; number++)
        {
            bench.Store(Next, number, Record(number) with { TimeMs = Start + (10 * Minute) + (number * 30_000) + 500 });
        }

        Assert.Equal("expected 90, good=90", Bring());
    }

    [Fact]
    public void Gateway_that_calls_any_number_lost_in_many_epochs_has_an_account_that_closes()
    {
        for (var life = 0; life < 1_100; life++)
        {
            var epoch = EpochOf(life);
            bench.Tell(epoch, "audit", Start + life, """{"what":"start","boot":"a"}"""u8.ToArray());
            bench.Lose(epoch, new SequenceRange(0, SequenceRange.SequenceMax), Standing.Card);
        }

        bench.Bring();
        var row = Assert.Single(bench.Rows);
        Assert.Equal((long.MaxValue, 0), (row.Expected, row.Unexplained));
        Assert.Equal(0, LedgerSummary.Of([row]).Thousandths);
        Assert.Equal(long.MaxValue, LedgerFields.Of(row).Single(field => field.Name == "measured").Count);
    }

    [Fact]
    public void State_whose_transaction_failed_is_taken_again()
    {
        Begin(Epoch, Start, "a");
        Store(0, 39);
        Bring();
        bench.Say(new StateMessage { On = false, Reason = "stop", Epoch = Epoch, Inventory = [new HeldEpoch(Epoch, 0, 39)] });
        Run("CREATE TEMP TRIGGER full BEFORE INSERT ON completeness_gateway BEGIN SELECT RAISE(ABORT, 'the disk is full'); END");
        Assert.Throws<SqliteException>(bench.Bring);

        Run("DROP TRIGGER full");
        Assert.Equal("expected 50, good=40 stop=10", Bring());
    }

    [Fact]
    public void More_events_than_fit_into_one_transaction_are_all_taken()
    {
        for (var life = 0; life < 120; life++)
        {
            bench.Tell(EpochOf(life), "audit", Start + life, """{"what":"start","boot":"a"}"""u8.ToArray());
        }

        Bring();
        using var transaction = bench.Connection.BeginTransaction();
        Assert.Equal(120, new FactTables(transaction).Lives(LedgerHistory.Gateway).Count);
    }

    [Fact]
    public void Numbers_that_were_missing_before_midnight_were_after_it_where_the_first_of_the_new_day_tells()
    {
        Reach(Start + (1_060 * Minute), Midnight + (720 * Minute));
        bench.Store(Epoch, 30, At(30, Midnight + (360 * Minute)));
        Assert.Equal(10, OnDay(0, Fate.Waiting));

        bench.Store(Epoch, 10, At(10, Midnight));
        Bring();
        Assert.Equal(0, OnDay(0, Fate.Waiting));
        Assert.Equal(19, OnDay(1, Fate.Waiting));
    }

    [Fact]
    public void Numbers_that_were_missing_after_midnight_were_before_it_where_the_last_of_the_old_day_tells()
    {
        Reach(Start + (1_060 * Minute), Midnight + (720 * Minute));
        bench.Store(Epoch, 30, At(30, Midnight + (360 * Minute)));
        Assert.Equal(10, OnDay(1, Fate.Waiting));

        bench.Store(Epoch, 29, At(29, Midnight - Minute));
        Bring();
        Assert.Equal(0, OnDay(1, Fate.Waiting));
    }

    [Fact]
    public void Slot_that_a_thinned_record_stands_for_has_room_for_one_number_only()
    {
        Begin(Epoch, Start, "a");
        Begin(Next, Start, "a");
        Store(0, 0);
        bench.Store(Epoch, 2, Record(2) with { CoveredMs = Minute });
        bench.Store(Next, 0, Record(0));
        bench.Store(Next, 2, Record(2));
        bench.Lose(Epoch, new SequenceRange(1, 1), Standing.Thin);
        bench.Lose(Next, new SequenceRange(1, 1), Standing.Thin);
        Bring();

        Assert.Equal(1, bench.Rows.Where(row => row.Channel != LedgerChannel.OfGateway).Sum(row => row.Counts[Fate.Thinned]));
        Assert.Equal("thinned=1", Assert.Single(bench.Rows, row => row.Channel == LedgerChannel.OfGateway).Counts.ToString());
    }

    [Fact]
    public void Poll_of_a_slot_that_reaches_over_midnight_is_of_the_day_before()
    {
        const long Interval = 250_000;
        var last = Midnight / Interval * Interval;
        Assert.InRange(Midnight - last, 1, Interval - 2_000);
        bench.NowMs = Midnight + (120 * Minute);
        Begin(Epoch, last - (20 * Interval), "a", Interval);
        bench.Store(Epoch, [.. Enumerable.Range(0, 40).Select(number => (At(number, last + ((number - 20) * Interval) + Interval - 1_000), false))]);
        Bring();

        Assert.Equal([(0L, 21L), (1L, 19L)], bench.Rows.Select(row => (row.Day - (Start / DayGrid.DayMs), row.Counts[Fate.Good])).Order());
    }

    [Fact]
    public void Device_that_is_dead_at_midnight_was_spared_until_its_first_record_of_the_day()
    {
        bench.NowMs = Midnight + (60 * Minute);
        Begin(Epoch, Midnight - (10 * Minute), "a");
        for (var number = 0; number < 10; number++)
        {
            bench.Store(Epoch, number, Dead(number, Midnight - ((10 - number) * Minute)));
        }

        bench.Store(Epoch, 10, Dead(10, Midnight + (30 * Minute)));
        Bring();
        Assert.Equal((30L, 0L), (OnDay(1, Fate.Spared), OnDay(1, Fate.Busy)));
    }

    [Fact]
    public void Number_that_is_told_as_held_is_waited_for_at_once()
    {
        bench.NowMs = Start + (25 * Minute);
        Begin(Epoch, Start, "a");
        Store(0, 9);
        Assert.Equal("expected 15, good=10 unheard=5", Bring());

        bench.Say(new StateMessage { On = true, Epoch = Epoch, Inventory = [new HeldEpoch(Epoch, 0, 14)] });
        Assert.Equal("expected 15, good=10 waiting=5", Bring());
    }

    [Fact]
    public void Slots_before_midnight_that_fall_due_after_it_are_missed_without_any_message()
    {
        Begin(Epoch, Midnight - (120 * Minute), "a");
        bench.NowMs = Midnight + (5 * Minute);
        Bring();
        Assert.Equal(115, OnDay(0, Fate.Unheard) + OnDay(0, Fate.Busy));

        bench.NowMs = Midnight + (30 * Minute);
        Bring();
        Assert.Equal(120, OnDay(0, Fate.Unheard) + OnDay(0, Fate.Busy));
    }

    [Fact]
    public void Day_that_is_marked_again_while_it_is_counted_is_counted_once_more()
    {
        using var transaction = bench.Connection.BeginTransaction();
        RowTables rows = new(transaction);
        rows.MarkDirty(LedgerHistory.Gateway, 20_000, 20_001);
        var counted = rows.Dirty(LedgerHistory.Gateway);
        rows.MarkDirty(LedgerHistory.Gateway, 20_001, 20_001);
        counted.ForEach(day => rows.Clean(LedgerHistory.Gateway, day.Day, day.Version));

        Assert.Equal([20_001L], rows.Dirty(LedgerHistory.Gateway).Select(day => day.Day));
    }

    [Fact]
    public void Revision_in_a_large_block_stands_after_the_small_ones_before_and_after_it_were_joined()
    {
        bench.NowMs = Start + (3_000 * Minute);
        Begin(Epoch, Start, "a");
        Store(0, 19);
        bench.Store(Epoch,
        [
            (Record(7, QualityFlag.Fail), true),
            .. Enumerable.Range(100, 4_000).Select(number => (Record(number) with { TimeMs = Record(19).TimeMs + number }, false)),
        ]);
        Store(20, 69);
        Bring();
        bench.Store(Epoch, 70, Record(70));
        Bring();

        Assert.Equal(1, bench.Rows.Sum(row => row.Counts[Fate.Bad]));
    }

    [Fact]
    public void Windows_without_end_at_a_short_interval_are_too_much_work()
    {
        bench.NowMs = Start + DayGrid.DayMs;
        Begin(Epoch, Start - DayGrid.DayMs, "a", intervalMs: 100);
        bench.Store(Epoch, [.. Enumerable.Range(0, 1_000).Select(number => (
            Record(number) with { TimeMs = Start + number, CoveredMs = DayGrid.DayMs }, false))]);

        Assert.Contains("too much work", Assert.Throws<InvalidDataException>(bench.Bring).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Gaps_of_which_each_reaches_over_hours_are_too_much_work()
    {
        bench.NowMs = Start + DayGrid.DayMs;
        Begin(Epoch, Start - DayGrid.DayMs, "a", intervalMs: 100);
        bench.Store(Epoch, [.. Enumerable.Range(0, 60).Select(number => (
            Record(2 * number) with { TimeMs = Start - (number % 2 * 300 * Minute) + number }, false))]);

        Assert.Contains("too much work", Assert.Throws<InvalidDataException>(bench.Bring).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Records_that_memory_would_not_hold_are_not_read_and_no_gap_reaches_into_them()
    {
        Begin(Epoch, Start - DayGrid.DayMs, "a");
        bench.Store(Epoch, 0, Record(0) with { TimeMs = Start - DayGrid.DayMs });
        using (var command = bench.Connection.CreateCommand())
        {
            command.CommandText = "UPDATE completeness_record SET block = CAST(block || zeroblob($more) AS BLOB)";
            command.Parameters.AddWithValue("$more", CompletenessOptions.MarkBytesMax);
            command.ExecuteNonQuery();
        }

        bench.Store(Epoch, 9, Record(9));
        Assert.Contains("1500000 records", Assert.Throws<InvalidDataException>(bench.Bring).Message, StringComparison.Ordinal);

        // Today was counted, though numbers are missing since yesterday.
        Assert.Equal([Start / DayGrid.DayMs], bench.Rows.Select(row => row.Day).Distinct());
    }

    [Fact]
    public void More_records_of_a_day_than_memory_would_hold_are_not_counted_however_small_they_are()
    {
        Begin(Epoch, Start, "a");
        Store(0, 0);
        MarkShape shape = new(LedgerHistory.Site, "stream", "probe", [new MarkedChannel("ph", Measurand.Ph, Fate.Good)]);
        using (var command = bench.Connection.CreateCommand())
        {
            command.CommandText = "UPDATE completeness_record SET block = $block";
            command.Parameters.AddWithValue("$block", MarkBlock.Encode(
                [.. Enumerable.Range(0, CompletenessOptions.MarksMax + 1).Select(number => new RecordMark(Epoch, number, Start, 0, false, false, shape))]));
            command.ExecuteNonQuery();
        }

        Assert.Contains("1500000 records", Assert.Throws<InvalidDataException>(bench.Bring).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Losses_of_an_epoch_that_memory_would_not_hold_are_not_read()
    {
        Begin(Epoch, Start, "a");
        Store(0, 9);
        bench.Lose(Epoch, new SequenceRange(10, 10), Standing.Full);
        Run("INSERT INTO ingest_exception WITH RECURSIVE n(x) AS (SELECT 100 UNION ALL SELECT x + 1 FROM n WHERE x < 1000101) SELECT 1, x, x, 1, 0 FROM n");

        Assert.Contains("1000000 ranges", Assert.Throws<InvalidDataException>(bench.Bring).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_block_keeps_no_record_from_being_stored()
    {
        Begin(Epoch, Start - DayGrid.DayMs, "a");
        bench.Store(Epoch, 0, Record(0) with { TimeMs = Start - DayGrid.DayMs });
        Run("UPDATE completeness_record SET block = x'00'");
        Store(9, 9);
        bench.Lose(Epoch, new SequenceRange(1, 8), Standing.Full);

        Assert.Throws<InvalidDataException>(bench.Bring);
    }

    [Fact]
    public void Inventory_of_many_lives_marks_each_day_once()
    {
        bench.NowMs = Start + (300 * DayGrid.DayMs);
        for (var life = 0; life < 100; life++)
        {
            bench.Tell(EpochOf(life), "audit", Start, """{"what":"start","boot":"a"}"""u8.ToArray());
        }

        bench.Bring();
        bench.Say(new StateMessage { On = true, Inventory = [.. Enumerable.Range(0, 100).Select(life => new HeldEpoch(EpochOf(life), 0, 9))] });
        using (var transaction = bench.Connection.BeginTransaction())
        {
            new RowTables(transaction).MarkDirty(LedgerHistory.Gateway, 0, 0);
            transaction.Commit();
        }

        bench.TakeNews();
        using var reading = bench.Connection.BeginTransaction();
        var dirty = new RowTables(reading).Dirty(LedgerHistory.Gateway);
        Assert.InRange(dirty.Count, 300, 303);
        Assert.All(dirty, day => Assert.InRange(day.Version, 0, 1));
    }

    [Fact]
    public void Every_way_to_settle_a_number_is_a_fate_of_its_own() => Assert.All(
        Enum.GetValues<Standing>().GroupBy(Fates.OfStanding),
        group => Assert.Equal(group.Key == Fate.Before ? [Standing.Before, Standing.Had] : [group.First()], group));

    [Fact]
    public void Every_fate_has_a_name_that_reads_back() => Assert.All(
        Fates.All, fate => Assert.True(Fates.TryParse(fate.Token, out var parsed) && parsed == fate));

    private void Begin(string epoch, long timeMs, string boot, long intervalMs = Minute)
    {
        var meta = MetaCodec.Encode(
            new MetaMessage
            {
                Gateway = LedgerHistory.Gateway,
                Schema = "",
                Devices =
                [
                    new MetaDevice
                    {
                        Id = "probe", Station = "stream", Model = "m", VerifiedOnHardware = false, Grade = "indicative",
                        IntervalMs = intervalMs, Channels = [new MetaChannel { Id = "ph", Measurand = Measurand.Ph }],
                    },
                ],
            },
            out _);
        bench.Tell(epoch, "meta", timeMs, meta);
        bench.Tell(epoch, "audit", timeMs, System.Text.Encoding.UTF8.GetBytes($$"""{"what":"start","boot":"{{boot}}"}"""));
    }

    private void Store(long first, long last)
    {
        for (var number = first; number <= last; number++)
        {
            bench.Store(Epoch, number, Record(number));
        }
    }

    // Ten records up to ten minutes before midnight, and a sign of life after it.
    private void Reach(long fromMs, long signMs)
    {
        bench.NowMs = signMs + (60 * Minute);
        Begin(Epoch, fromMs, "a");
        for (var number = 0; number < 10; number++)
        {
            bench.Store(Epoch, number, At(number, fromMs + (number * Minute)));
        }

        bench.Tell(Epoch, "clock", signMs, "{}"u8.ToArray());
    }

    // Of the day that the start is in, or as many later.
    private long OnDay(long day, Fate fate)
    {
        Bring();
        return bench.Rows.Where(row => row.Day == (Start / DayGrid.DayMs) + day).Sum(row => row.Counts[fate]);
    }

    private static DeviceRecord At(long number, long timeMs) => Record(number) with { TimeMs = timeMs + 500 };

    private static DeviceRecord Dead(long number, long timeMs) => At(number, timeMs) with
    {
        Channels = [new ChannelValue { Channel = "ph", Measurand = Measurand.Ph, Flag = QualityFlag.Missing, Why = Why.NoAnswer }],
    };

    private static DeviceRecord Record(long number, QualityFlag flag = QualityFlag.Good) => new()
    {
        Sequence = number,
        TimeMs = Start + (number * Minute) + 500,
        Station = "stream",
        Device = "probe",
        Channels = [new ChannelValue { Channel = "ph", Measurand = Measurand.Ph, Value = 7, Flag = flag }],
    };

    private static string EpochOf(int life) =>
        FormattableString.Invariant($"epoc{(char)('a' + (life / 26 / 26))}{(char)('a' + (life / 26 % 26))}{(char)('a' + (life % 26))}2");

    private void Run(string sql)
    {
        using var command = bench.Connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private string Bring()
    {
        bench.Bring();
        Assert.All(bench.Rows, row => Assert.Equal(0, row.Unexplained));
        FateCounts counts = new();
        var own = bench.Rows.Where(row => row.Channel != LedgerChannel.OfGateway).ToList();
        own.ForEach(row => counts.Add(row.Counts));
        return FormattableString.Invariant($"expected {own.Sum(row => row.Expected)}, {counts}");
    }
}
