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
        }

        ledger.Settle(Epoch, 29, [new SequenceRange(12, 12), new SequenceRange(29, 29)]);
        Assert.Equal(200, ledger.BacklogBytes);
        ledger.TakeBack(Epoch, new SequenceRange(20, 29));
        Assert.Equal(100, ledger.BacklogBytes);
        ledger.NoteAnswer();
        time.Advance(TimeSpan.FromMinutes(1));
        ledger.NoteAnswer();
        time.Advance(TimeSpan.FromMinutes(2));
        ledger.NoteAnswer();
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal([new RecordIds(Epoch, new SequenceRange(10, 19))], ledger.TakeDue());
        Assert.Equal(0, ledger.BacklogBytes);
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
}
