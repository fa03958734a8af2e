using CsCheck;
using PondSentinel.Calibration;
using PondSentinel.Gateway.Calibration;
using PondSentinel.Tests.Gateway.Buffering;
using static PondSentinel.Tests.Gateway.Calibration.CalibrationBench;

namespace PondSentinel.Tests.Gateway.Calibration;

public sealed class CalibrationStoreTests
{
    [Fact]
    public void What_was_added_is_there_after_a_restart_in_its_order()
    {
        var card = new SimulatedCard();
        var store = CalibrationStore.Open(card);
        store.Add(Record("c2"));
        store.Add(Record("c1") with { Channel = "acid" });
        store.Add(Record("c3", 0.2));

        var again = CalibrationStore.Open(card);

        Assert.Equal(["acid c1 1", "ph c2 1", "ph c3 2"], again.Records.Select(stored => $"{stored.Record.Channel} {stored.Record.Id} {stored.Number}"));
        Assert.Equal(store.Records.Count, again.Records.Count);
        Assert.Empty(again.Damaged);
        Assert.Equal(7, again.Records[2].Record.Curve!.At(7.2), 1e-9);
    }

    [Fact]
    public void Record_is_never_replaced()
    {
        var card = new SimulatedCard();
        var store = CalibrationStore.Open(card);
        store.Add(Record("c1"));

        Assert.Throws<ArgumentException>(() => store.Add(Record("c1", 0.3)));
        Assert.Throws<ArgumentException>(() => CalibrationStore.Open(card).Add(Record("c1", 0.3) with { Channel = "other" }));
        Assert.Equal(6.9, CalibrationStore.Open(card).Records.Single().Record.Curve!.At(7), 1e-9);
    }

    /// <summary>Power is cut instead of each call in turn, and what was not synced is lost in many ways.</summary>
    [Fact]
    public void Power_cut_at_every_step_leaves_the_record_or_none_and_all_that_were_there()
    {
        for (var step = 1; ; step++)
        {
            var card = new SimulatedCard { WantsContentBeforeName = true };
            CalibrationStore.Open(card).Add(Record("c1"));
            card.CutAt = card.Calls + step;
            var isPromised = false;
            try
            {
                CalibrationStore.Open(card).Add(Record("c2", 0.2));
                isPromised = true;
            }
            catch (PowerCutException)
            {
                // What is left is looked at below.
            }

            for (var seed = 0; seed < 20; seed++)
            {
                var after = card.Snapshot();
                after.CutPower(new Random(seed));
                var store = CalibrationStore.Open(after);
                Assert.Empty(store.Damaged);
                Assert.Equal(6.9, store.Records[0].Record.Curve!.At(7), 1e-9);
                Assert.True(store.Records.Count == 2 || (store.Records.Count == 1 && !isPromised), $"step {step} seed {seed}: {store.Records.Count}");
                Assert.All(store.Records.Skip(1), stored => Assert.Equal(6.8, stored.Record.Curve!.At(7), 1e-9));
                store.Add(Record("c3"));
                Assert.Equal("c3", CalibrationStore.Open(after.Copy()).Records[^1].Record.Id);
            }

            if (isPromised)
            {
                Assert.InRange(step, 6, 50);
                return;
            }
        }
    }

    /// <summary>Each call fails in turn.</summary>
    [Fact]
    public void Card_that_fails_at_any_step_leaves_the_record_out_and_takes_it_the_next_time()
    {
        for (var step = 1; ; step++)
        {
            var card = new SimulatedCard();
            var store = CalibrationStore.Open(card);
            store.Add(Record("c1"));
            var left = step;
            card.Failure = (call, _) => SimulatedCard.IsChange(call) && --left == 0 ? SimulatedCard.Eio : 0;
            if (Xunit.Record.Exception(() => store.Add(Record("c2"))) is null)
            {
                Assert.InRange(step, 5, 20);
                return;
            }

            Assert.Equal(["c1"], CalibrationStore.Open(card.Copy()).Records.Select(stored => stored.Record.Id));
            Assert.Equal(["c1"], store.Records.Select(stored => stored.Record.Id));
            card.Failure = (_, _) => 0;
            store.Add(Record("c2"));
            Assert.Equal(["c1", "c2"], CalibrationStore.Open(card.Copy()).Records.Select(stored => stored.Record.Id));
        }
    }

    [Fact]
    public void Record_that_was_taken_back_does_not_come_into_force_after_a_power_cut()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var card = new SimulatedCard();
            var store = CalibrationStore.Open(card);
            var syncs = 0;
            card.Failure = (call, _) => call == "sync-folder" && ++syncs == 1 ? SimulatedCard.Eio : 0;
            Assert.Throws<IOException>(() => store.Add(Record("c1")));

            card.CutPower(new Random(seed));

            Assert.Empty(CalibrationStore.Open(card).Records);
        }
    }

    /// <summary>The card neither keeps the record durably nor lets go of it; whether its file is there is seen later.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Record_that_the_card_did_not_let_go_of_is_kept_once_the_card_works_again(bool isThere)
    {
        var card = new SimulatedCard();
        var store = CalibrationStore.Open(card);
        card.Failure = (call, _) => call == "sync-folder" || (isThere && call == "delete") ? SimulatedCard.Eio : 0;
        Assert.False(store.Keep(BrokenOff("c1")));
        Assert.Equal((true, false), (store.Has("c1"), store.Holds("c1")));
        Assert.Empty(store.Settle());

        card.Failure = (_, _) => 0;

        Assert.Equal(["c1"], store.Settle().Select(record => record.Id));
        Assert.Equal((0, 0, true), (store.Damaged.Count, store.Unsettled.Count, store.Holds("c1")));
        card.CutPower(new Random(1));
        Assert.Equal("c1", Assert.Single(CalibrationStore.Open(card).Records).Record.Id);
    }

    /// <summary>Nor is one that nobody has read: it came after the store was opened.</summary>
    [Fact]
    public void Note_is_not_deleted_while_it_is_the_last_that_can_be_read_of_its_record()
    {
        var card = new SimulatedCard();
        CalibrationStore.Open(card).Add(BrokenOff("c1"));
        SetAside("broken-off.1", "c1");
        card.BadSector = (name, _) => CalibrationFile.IsRecord(name);
        var store = CalibrationStore.Open(card);
        Assert.Single(store.Damaged);

        SetAside("broken-off.2", "c2");
        store.Settle();
        Assert.Equal(["broken-off.1", "broken-off.2"], card.Names.Where(BrokenOffFile.IsOne));

        card.BadSector = (_, _) => false;
        store = CalibrationStore.Open(card);
        Assert.Equal(["c2"], store.Settle().Select(record => record.Id));
        Assert.DoesNotContain(card.Names, BrokenOffFile.IsOne);

        void SetAside(string name, string id)
        {
            byte[] line = [.. CalibrationCodec.Encode(BrokenOff(id)), (byte)'\n'];
            using var file = card.Create(name, line.Length);
            file.Write(0, line);
            file.Sync();
        }
    }

    private static CalibrationRecord BrokenOff(string id) =>
        (Draft(id, NowMs, new StandardReading(7, 7)) with { IsHeldByInstrument = true, Objections = ["broken off after 1 of 3 standards"] }).Complete(Ph, [], _ => false);

    [Fact]
    public void Every_spoilt_byte_is_found_and_the_file_named() => Gen.Select(Gen.Int[0, 10_000], Gen.Int[1, 255]).Sample(
        (at, change) =>
        {
            var card = new SimulatedCard();
            var store = CalibrationStore.Open(card);
            store.Add(Record("c1"));
            var bytes = card.Bytes("probe.ph.000001.c1.json");
            bytes[at % bytes.Length] ^= (byte)change;
            using (var file = card.Open("probe.ph.000001.c1.json"))
            {
                file.Write(0, bytes);
            }

            var damaged = Assert.Single(CalibrationStore.Open(card).Damaged);

            Assert.Equal("probe.ph.000001.c1.json", damaged.File);
            Assert.Contains("probe.ph", damaged.ToString(), StringComparison.Ordinal);
            Assert.Contains("backup", damaged.ToString(), StringComparison.Ordinal);
        },
        iter: TestDepth.Cases(300));

    [Fact]
    public void Sector_that_cannot_be_read_is_a_damaged_file_and_no_missing_one()
    {
        var card = new SimulatedCard();
        CalibrationStore.Open(card).Add(Record("c1"));
        card.BadSector = (_, _) => true;

        var store = CalibrationStore.Open(card);

        Assert.Equal("c1", Assert.Single(store.Damaged).Place!.Id);
        Assert.True(store.Has("c1"));
        Assert.Equal(2, store.Add(Record("c2")).Number);
    }

    [Theory]
    [InlineData("probe.ph.000001.c1.json", true)]
    [InlineData("probe.ph.1.c1.json", false)]
    [InlineData("probe.ph.000000.c1.json", false)]
    [InlineData("probe.ph.000001.C1.json", false)]
    [InlineData("probe.000001.c1.json", false)]
    [InlineData("probe.ph.-00001.c1.json", false)]
    [InlineData(".json", false)]
    public void Name_says_what_a_file_holds(string name, bool isName) =>
        Assert.Equal(isName, CalibrationFile.PlaceOf(name) is not null);

    [Fact]
    public void Copy_under_another_name_is_not_the_record_of_that_name()
    {
        var bytes = CalibrationFile.Write(Record("c1"));

        Assert.Null(CalibrationFile.Read("probe.ph.000007.c1.json", bytes).Malformed);
        Assert.Contains("another record", CalibrationFile.Read("probe.orp.000007.c1.json", bytes).Malformed!, StringComparison.Ordinal);
        Assert.Contains("another record", CalibrationFile.Read("probe.ph.000007.c2.json", bytes).Malformed!, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_of_a_file_never_make_it_throw() => Gen.Byte.Array[0, 200].Sample(
        bytes => Assert.NotNull(CalibrationFile.Read("probe.ph.000001.c1.json", bytes).Malformed), iter: TestDepth.Cases(300));

    [Fact]
    public void Dead_card_is_a_store_that_nobody_can_read()
    {
        var card = new SimulatedCard { Failure = (call, _) => call == "list" ? SimulatedCard.Eio : 0 };
        using var room = CalibrationRoom.Open(card, [Ph]);

        Assert.True(room.Book.Of("probe", "ph")!.IsDoubted);
        Assert.Throws<IOException>(() => room.Book.Add(Record("c1")));
    }

    [Fact]
    public void Folder_that_may_not_be_read_keeps_nobody_from_measuring()
    {
        const int AccessDenied = 13;
        var card = new SimulatedCard { Failure = (call, _) => call == "list" ? AccessDenied : 0 };
        using var room = CalibrationRoom.Open(card, [Ph]);

        Assert.True(room.Book.Of("probe", "ph")!.IsDoubted);
        Assert.NotNull(room.Book.WhyNoneIsAdded);
    }

    [Fact]
    public void Folder_that_may_not_be_written_is_read_and_says_why_nothing_is_added()
    {
        var card = new SimulatedCard();
        CalibrationStore.Open(card).Add(Record("c1"));
        using var room = CalibrationRoom.Open(card, [Ph], "this user may not write there");

        Assert.Equal("c1", room.Book.Of("probe", "ph")!.Id);
        Assert.Contains("may not write", Assert.Throws<IOException>(() => room.Book.Add(Record("c2"))).Message, StringComparison.Ordinal);
        Assert.Single(CalibrationStore.Open(card).Records);
    }

    [Fact]
    public void One_writer_at_a_time()
    {
        var card = new SimulatedCard();
        using (CalibrationRoom.Open(card, [Ph]))
        {
            Assert.Throws<IOException>(() => CalibrationRoom.Open(card, [Ph]));
        }

        CalibrationRoom.Open(card, [Ph]).Dispose();
    }

    [Fact]
    public void What_was_told_survives_a_power_cut_at_every_step_or_is_told_again()
    {
        for (var step = 1; step < 12; step++)
        {
            var card = new SimulatedCard { WantsContentBeforeName = true };
            new CalibrationTold(card).Note(["record c1"], _ => true);
            card.CutAt = card.Calls + step;
            var isPromised = false;
            try
            {
                new CalibrationTold(card).Note(["record c2"], _ => true);
                isPromised = true;
            }
            catch (PowerCutException)
            {
                // What is left is looked at below.
            }

            card.CutPower(new Random(step));
            var told = new CalibrationTold(card);
            Assert.True(told.Has("record c1"));
            Assert.True(told.Has("record c2") || !isPromised);
        }
    }
}
