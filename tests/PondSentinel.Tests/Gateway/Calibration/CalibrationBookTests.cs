using PondSentinel.Calibration;
using PondSentinel.Gateway.Calibration;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Tests.Gateway.Buffering;
using static PondSentinel.Tests.Gateway.Calibration.CalibrationBench;

namespace PondSentinel.Tests.Gateway.Calibration;

public sealed class CalibrationBookTests
{
    private readonly SimulatedCard card = new();

    [Fact]
    public void Last_that_was_accepted_is_in_force_whatever_its_date()
    {
        var book = Book(Ph);
        Assert.Null(book.Of("probe", "ph"));

        book.Add(Record("c1", 0.1));
        Assert.Equal("c1", book.Of("probe", "ph")!.Id);

        // A refused one changes nothing. One of a clock that was years ahead holds up none that comes after it.
        book.Add(Record("c2", 1.0, NowMs + 1));
        Assert.Equal("c1", book.Of("probe", "ph")!.Id);
        book.Add(Record("c3", 0.2, NowMs + (3650 * DayMs)));
        Assert.Equal("c3", book.Of("probe", "ph")!.Id);
        book.Add(Record("c4", 0.2, NowMs + 2));
        Assert.Equal("c4", book.Of("probe", "ph")!.Id);
        Assert.Equal("c4", Book(Ph).Of("probe", "ph")!.Id);
        Assert.Null(book.Of("probe", "temperature"));
    }

    [Fact]
    public void Another_instrument_or_another_quantity_under_the_name_has_no_calibration()
    {
        Book(Ph).Add(Record("c1") with { Serial = "17" });

        Assert.NotNull(Book(Ph).Of("probe", "ph"));
        Assert.NotNull(Book(Ph with { Serial = "17" }).Of("probe", "ph"));
        Assert.Null(Book(Ph with { Serial = "18" }).Of("probe", "ph"));
        Assert.Null(Book(Ph with { Model = "other" }).Of("probe", "ph"));
        Assert.Null(Book(Ph with { Output = new SensorOutput("ph", Measurand.OxidationReduction) }).Of("probe", "ph"));
        Assert.Null(Book(Ph with { Output = Electrode.Output }).Of("probe", "ph"));
    }

    [Fact]
    public void Damaged_record_that_may_be_in_force_leaves_nobody_sure_and_an_older_one_does_no_harm()
    {
        var book = Book(Ph);
        book.Add(Record("c1", 0.1));
        book.Add(Record("c2", 0.2, NowMs + 1));
        Spoil("probe.ph.000002.c2.json");

        var after = Book(Ph);
        Assert.True(after.Of("probe", "ph")!.IsDoubted);
        Assert.Equal("c2", Assert.Single(after.Damaged).Place!.Id);

        after.Add(Record("c3", 0.3, NowMs + 2));
        Assert.Equal("c3", after.Of("probe", "ph")!.Id);
        Assert.Equal("c3", Book(Ph).Of("probe", "ph")!.Id);
    }

    [Fact]
    public void What_an_instrument_was_told_it_holds_though_it_was_refused()
    {
        var book = Book(Ph);
        book.Add(Record("c1"));
        book.Add(Record("c2", 1.0));
        Assert.Equal("c1", book.Of("probe", "ph")!.Id);

        book.Add(Record("c3") with { Kind = CalibrationKind.Instrument, Line = null, Reasons = ["worn"] });
        Assert.True(book.Of("probe", "ph")!.IsDoubted);

        // What was read in standards and refused takes nothing of that back.
        book.Add(Record("c3b") with { Reasons = ["worn"], Line = null });
        Assert.True(book.Of("probe", "ph")!.IsDoubted);
        book.Add(Record("c4") with { Kind = CalibrationKind.Instrument, Line = null });
        Assert.Equal("c4", book.Of("probe", "ph")!.Id);
    }

    [Fact]
    public void Two_who_add_at_once_are_each_judged_by_what_the_other_has_left()
    {
        // A single standard moves what is in force, so the order of two shows in the second's curve, never a mixture.
        var book = Book(Ph);
        Parallel.For(0, 32, _ => book.Add(Draft(null, NowMs, new StandardReading(7, 7.3)), Ph));

        Assert.Equal(32, book.Records.Select(stored => stored.Record.Id).Distinct().Count());
        Assert.Equal(Enumerable.Range(1, 32), book.Records.Select(stored => stored.Number));
    }

    [Theory]
    [InlineData("probe.ph.000001.c1.json", "c2")]
    [InlineData("probe.ph.000002.c2.json", null)]
    public void Damage_is_judged_by_the_order_that_is_in_force_too(string spoilt, string? inForce)
    {
        var book = Book(Ph);
        book.Add(Record("c1", 0.1, NowMs + 1));
        book.Add(Record("c2", 0.2, NowMs - 1));
        Spoil(spoilt);

        Assert.Equal(inForce, Book(Ph).Of("probe", "ph")!.Id);
    }

    [Fact]
    public void Card_that_does_not_let_go_of_a_record_leaves_the_channel_in_doubt_and_says_so()
    {
        var book = Book(Ph);
        book.Add(Record("c1", 0.1));
        card.Failure = (call, _) => call is "sync-folder" or "delete" ? SimulatedCard.Eio : 0;

        var failure = Assert.Throws<IOException>(() => book.Add(Record("c2", 0.2)));

        Assert.Contains("nobody knows", failure.Message, StringComparison.Ordinal);
        Assert.True(book.Of("probe", "ph")!.IsDoubted);
        Assert.Equal("c2", Assert.Single(book.Damaged).Place!.Id);
        card.Failure = (_, _) => 0;
        Assert.Throws<ArgumentException>(() => book.Add(Record("c2", 0.2)));
        book.Add(Record("c3", 0.3));
        Assert.Equal("c3", book.Of("probe", "ph")!.Id);
        Assert.Equal((3, "c3"), (book.Records[^1].Number, Book(Ph).Of("probe", "ph")!.Id));
    }

    [Fact]
    public void Instrument_that_holds_its_calibration_is_in_force_without_a_curve()
    {
        var book = Book(Ph);
        book.Add(Record("c1"));
        book.Add((Draft("c2", NowMs + 1, new StandardReading(4.01, 4.02), new(6.86, 6.86)) with { IsHeldByInstrument = true })
            .Complete(Ph, book.Records, book.Has));

        Assert.Equal(new CalibrationInForce("c2", null), book.Of("probe", "ph"));
    }

    [Fact]
    public void Draft_of_a_single_standard_moves_what_is_in_force()
    {
        var book = Book(Electrode);
        book.Add(Draft("c1", NowMs, new StandardReading(4, 3 + (56 * 3)), new(7, 3)).Complete(Electrode, book.Records, book.Has));

        var moved = Draft(null, NowMs + DayMs, new StandardReading(7, 8)).Complete(Electrode, book.Records, book.Has);
        var first = Draft(null, NowMs, new StandardReading(7, 8)).Complete(Electrode, [], _ => false);

        Assert.Equal(100 * 56 / 59.159350, moved.SlopePercent.Single(), 1e-4);
        Assert.Equal("c20260102-000000", moved.Id);
        Assert.Equal(NowMs + (91 * DayMs), moved.DueMs);

        // Before anything was calibrated the electrode of the settings is.
        Assert.Equal(100 * 59.16 / 59.159350, first.SlopePercent.Single(), 1e-4);
    }

    [Fact]
    public void Names_by_the_time_do_not_meet()
    {
        var book = Book(Ph);
        for (var i = 0; i < 3; i++)
        {
            book.Add(Draft(null, NowMs, new StandardReading(7, 7.1)).Complete(Ph, book.Records, book.Has));
        }

        Assert.Equal(
            ["c20260101-000000", "c20260101-000000-2", "c20260101-000000-3"],
            book.Records.Select(stored => stored.Record.Id).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Refused_calibration_has_no_date_and_says_why()
    {
        var record = Draft("c1", NowMs, new StandardReading(4.01, 5), new(6.86, 6.9)).Complete(Ph, [], _ => false);

        Assert.False(record.IsAccepted);
        Assert.Null(record.DueMs);
        Assert.Contains("slope 66.7 %", record.Reasons[0], StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_instrument_says_of_itself_is_judged_too()
    {
        var draft = Draft("c1", NowMs, new StandardReading(6.86, 6.86)) with
        {
            IsHeldByInstrument = true,
            ToldSlopePercent = [97, 88],
            ToldOffset = -12,
            Objections = ["it says: wrong standard"],
        };

        var record = draft.Complete(Ph, [], _ => false);

        Assert.Equal(CalibrationKind.Instrument, record.Kind);
        Assert.Equal([97, 88], record.SlopePercent);
        Assert.Equal(3, record.Reasons.Count);
        Assert.Equal(3, CalibrationCodec.Decode(CalibrationCodec.Encode(record)).Value!.Reasons.Count);
    }

    private CalibrationBook Book(CalibratedChannel channel) => new(CalibrationStore.Open(card), [channel]);

    private void Spoil(string name)
    {
        var bytes = card.Bytes(name);
        bytes[50] ^= 1;
        using var file = card.Open(name);
        file.Write(0, bytes);
    }
}
