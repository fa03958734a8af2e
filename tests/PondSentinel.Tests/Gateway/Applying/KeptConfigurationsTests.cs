using System.Text;
using CsCheck;
using PondSentinel.Gateway.Applying;
using PondSentinel.Tests.Gateway.Buffering;

namespace PondSentinel.Tests.Gateway.Applying;

public sealed class KeptConfigurationsTests
{
    private const string Name = "gateway.toml";

    [Fact]
    public void Last_three_are_kept_the_newest_first()
    {
        var card = new SimulatedCard();
        foreach (var text in (string[])["a", "b", "c", "d", "e"])
        {
            Of(card).Replace(Encoding.UTF8.GetBytes(text));
        }

        Assert.Equal(["e", "d", "c", "b"], Texts(card));
        Assert.Equal([Name, $"{Name}.1", $"{Name}.2", $"{Name}.3"], card.Names);
    }

    [Fact]
    public void Rights_are_given_before_anything_is_written()
    {
        var card = new SimulatedCard();
        List<string> given = [];
        var kept = new KeptConfigurations(card, Name, (file, like) =>
        {
            Assert.Equal(Name, like);
            Assert.All(card.File(file).Bytes(), digit => Assert.Equal(0, digit));
            given.Add(file);
        });
        kept.Replace("first"u8);
        kept.Replace("second"u8);

        Assert.Equal([$"{Name}.new", $"{Name}.0", $"{Name}.new"], given);
    }

    [Fact]
    public void Power_cut_at_any_moment_leaves_the_old_one_or_the_new_one_whole_and_the_old_one_somewhere() => Gen.Int[0, 1_000_000].Sample(
        seed =>
        {
            for (var cut = 1; ; cut++)
            {
                var card = new SimulatedCard { WantsContentBeforeName = true };
                foreach (var text in (string[])["a", "b", "c", "d"])
                {
                    Of(card).Replace(Encoding.UTF8.GetBytes(text));
                }

                card.CutAt = card.Calls + cut;
                var isCut = false;
                try
                {
                    Of(card).Replace("new"u8);
                }
                catch (PowerCutException)
                {
                    isCut = true;
                    card.CutPower(new Random(seed + cut));
                }

                card.CutAt = null;
                var present = Encoding.UTF8.GetString(card.File(Name).Bytes());
                Assert.Contains(present, (string[])["d", "new"]);
                Assert.True(present == "d" || Texts(card).Contains("d"), $"the one before is lost by a cut at call {cut}");

                // And it is done again, as if nothing had been.
                Of(card).Replace("new"u8);
                Assert.Equal("new", Texts(card)[0]);
                Assert.Contains("d", Texts(card));
                Of(card).Replace("next"u8);
                Assert.Equal(["next", "new"], Texts(card).Take(2));
                if (!isCut)
                {
                    return;
                }
            }
        },
        iter: 50);

    [Fact]
    public void Folder_that_fails_leaves_the_one_before_in_place()
    {
        foreach (var call in (string[])["create", "write", "sync", "rename", "sync-folder"])
        {
            var card = new SimulatedCard();
            Of(card).Replace("old"u8);
            card.Failure = (what, file) => what == call && !(what == "rename" && file.EndsWith(".0", StringComparison.Ordinal)) ? SimulatedCard.Eio : 0;

            Assert.Throws<IOException>(() => Of(card).Replace("new"u8));
            card.Failure = (_, _) => 0;
            Assert.Equal("old", Texts(card)[0]);
        }
    }

    private static KeptConfigurations Of(SimulatedCard card) => new(card, Name, static (_, _) => { });

    private static List<string> Texts(SimulatedCard card)
    {
        var kept = Of(card);
        return [Encoding.UTF8.GetString(card.File(Name).Bytes()), .. kept.Numbers.Select(number => Encoding.UTF8.GetString(kept.Read(number)))];
    }
}
