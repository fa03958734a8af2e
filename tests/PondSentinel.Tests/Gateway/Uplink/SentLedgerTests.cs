using CsCheck;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Gateway.Uplink;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Uplink;

public sealed class SentLedgerTests
{
    private const string Epoch = "abcdefgh";

    private readonly FakeTimeProvider time = new();

    [Fact]
    public void Part_that_is_sent_again_alone_keeps_the_count_of_the_whole_and_so_does_the_rest()
    {
        var ledger = new SentLedger(TimeSpan.FromMinutes(5), time);
        ledger.NoteSent(Epoch, new SequenceRange(0, 9), 0);
        ledger.NoteSessionLost();
        Assert.Equal([new RecordIds(Epoch, new SequenceRange(0, 9))], ledger.TakeDue());

        ledger.NoteSent(Epoch, new SequenceRange(3, 5), 0);
        ledger.NoteSent(Epoch, new SequenceRange(6, 9), 0);
        ledger.NoteSessionLost();
        Assert.Empty(ledger.TakeDue());
        time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(2, ledger.TakeDue().Count);
    }

    [Fact]
    public void Bytes_of_the_window_come_back_by_receipt_by_resend_and_by_refusal()
    {
        var ledger = new SentLedger(TimeSpan.FromMinutes(5), time);
        for (var i = 0; i < 3; i++)
        {
            ledger.NoteSent(Epoch, new SequenceRange(i * 10, (i * 10) + 9), 100);
            time.Advance(TimeSpan.FromSeconds(1));
        }

        ledger.NoteSent(Epoch, new SequenceRange(30, 30), 0);
        ledger.Settle(Epoch, 30, [new SequenceRange(12, 12), new SequenceRange(29, 29)]);
        Assert.Equal(200, ledger.BacklogBytes);
        ledger.TakeBack(Epoch, new SequenceRange(20, 29));
        Assert.Equal(100, ledger.BacklogBytes);
        ledger.NoteAnswer();
        time.Advance(TimeSpan.FromMinutes(1));
        ledger.NoteAnswer();
        time.Advance(TimeSpan.FromMinutes(2));
        ledger.NoteAnswer();
        time.Advance(TimeSpan.FromMinutes(2) + TimeSpan.FromSeconds(10));
        Assert.Equal([new RecordIds(Epoch, new SequenceRange(10, 19))], ledger.TakeDue());
        Assert.Equal(0, ledger.BacklogBytes);
    }

    [Fact]
    public void What_was_overtaken_goes_again_before_what_may_yet_have_its_turn()
    {
        var ledger = new SentLedger(TimeSpan.FromMinutes(5), time);
        SendEachSecond(ledger, 0, 1, 2);
        ledger.Settle(Epoch, 1, [new SequenceRange(0, 0)]);
        Pass(ledger, TimeSpan.FromMinutes(5) + TimeSpan.FromSeconds(9));
        Assert.Empty(ledger.TakeDue());
        Pass(ledger, TimeSpan.FromSeconds(3));
        Assert.Equal([Ids(0)], ledger.TakeDue());

        Pass(ledger, TimeSpan.FromMinutes(14));
        Assert.Empty(ledger.TakeDue());
        Pass(ledger, TimeSpan.FromMinutes(1));
        Assert.Equal([Ids(2)], ledger.TakeDue());
    }

    [Fact]
    public void What_is_settled_after_it_was_sent_again_overtakes_nothing_since_it_may_be_the_first_that_came()
    {
        var ledger = new SentLedger(TimeSpan.FromMinutes(5), time);
        SendEachSecond(ledger, 0, 1, 2);
        ledger.Settle(Epoch, 1, [new SequenceRange(0, 0)]);
        Pass(ledger, TimeSpan.FromMinutes(6));
        Assert.Equal([Ids(0)], ledger.TakeDue());
        SendEachSecond(ledger, 0);
        ledger.Settle(Epoch, 1, []);
        Pass(ledger, TimeSpan.FromMinutes(6));
        Assert.Empty(ledger.TakeDue());
    }

    [Fact]
    public void What_falls_due_within_seconds_goes_together()
    {
        var ledger = new SentLedger(TimeSpan.FromMinutes(5), time);
        ledger.NoteAnswer();
        SendEachSecond(ledger, [.. Enumerable.Range(0, 10)]);
        ledger.NoteSent(Epoch, new SequenceRange(10, 10), 0);
        ledger.Settle(Epoch, 10, [new SequenceRange(0, 9)]);
        Pass(ledger, TimeSpan.FromMinutes(5) - TimeSpan.FromSeconds(1));
        Assert.Empty(ledger.TakeDue());
        Pass(ledger, TimeSpan.FromSeconds(1));
        Assert.Equal(10, ledger.TakeDue().Count);
    }

    [Fact]
    public void Event_is_overtaken_by_a_record_and_no_record_by_an_event()
    {
        var books = new SentBooks(TimeSpan.FromMinutes(5), time);
        books.Events.NoteSent(Epoch, new SequenceRange(0, 0), 0);
        books.Records.NoteSent(Epoch, new SequenceRange(0, 0), 0);
        time.Advance(TimeSpan.FromSeconds(1));
        books.Events.NoteSent(Epoch, new SequenceRange(1, 1), 0);
        books.Settle(ReceiptOf(-1, new EventReceipt(1, [new SequenceRange(0, 0)])));
        Pass(books, TimeSpan.FromMinutes(6));
        Assert.Single(books.Events.TakeDue());
        Assert.Empty(books.Records.TakeDue());

        books.Events.NoteSent(Epoch, new SequenceRange(2, 2), 0);
        time.Advance(TimeSpan.FromSeconds(1));
        books.Records.NoteSent(Epoch, new SequenceRange(1, 1), 0);
        books.Settle(ReceiptOf(1, null));
        Pass(books, TimeSpan.FromMinutes(6));
        Assert.Equal([Ids(2)], books.Events.TakeDue());
    }

    [Fact]
    public void However_many_messages_stay_unsettled_none_is_forgotten() =>
        Gen.Int[1, 5000].Sample(
            count =>
            {
                var ledger = new SentLedger(TimeSpan.FromMinutes(5), time);
                for (var i = 0; i < count; i++)
                {
                    ledger.NoteSent(i % 3 == 0 ? "zzzzzzzz" : Epoch, new SequenceRange(i, i), 7);
                }

                Assert.Equal(count * 7, ledger.BacklogBytes);
                ledger.NoteSessionLost();
                var due = ledger.TakeDue();
                Assert.InRange(due.Count, 1, 1024);
                Assert.All(Enumerable.Range(0, count), i => Assert.Contains(
                    due, ids => ids.Epoch == (i % 3 == 0 ? "zzzzzzzz" : Epoch) && ids.Range.Contains(i)));
                Assert.Equal(0, ledger.BacklogBytes);
            },
            iter: 20);

    private static RecordIds Ids(long number) => new(Epoch, new SequenceRange(number, number));

    private static Receipt ReceiptOf(long upTo, EventReceipt? events) =>
        new() { By = "b1", Generation = 1, Number = 1, Epoch = Epoch, UpTo = upTo, Gaps = [], Events = events };

    private void SendEachSecond(SentLedger ledger, params ReadOnlySpan<int> numbers)
    {
        foreach (var number in numbers)
        {
            ledger.NoteSent(Epoch, new SequenceRange(number, number), 0);
            time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    // The backend says each minute that it is there.
    private void Pass(SentLedger ledger, TimeSpan span) => Pass(ledger.NoteAnswer, span);

    private void Pass(SentBooks books, TimeSpan span) => Pass(
        () =>
        {
            books.Records.NoteAnswer();
            books.Events.NoteAnswer();
        },
        span);

    private void Pass(Action answer, TimeSpan span)
    {
        for (answer(); span > TimeSpan.Zero; span -= TimeSpan.FromMinutes(1), answer())
        {
            time.Advance(span < TimeSpan.FromMinutes(1) ? span : TimeSpan.FromMinutes(1));
        }
    }
}
