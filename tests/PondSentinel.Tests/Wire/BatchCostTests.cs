using System.Text;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Wire;

/// <summary>What the worst messages of allowed size cost: memory in proportion to their size.</summary>
/// <remarks>Work that grew with the square of the size would take hours here, so no time has to be measured.</remarks>
public sealed class BatchCostTests
{
    private const long AllocatedMax = 400L * 1024 * 1024;

    [Fact]
    public void Batch_of_as_many_groups_as_numbers() =>
        Costs(Groups(Batch.RangeMax, i => Group($"{i}", "0", Channel("x", "7"))), malformed: null);

    [Fact]
    public void Batch_whose_groups_all_claim_the_same_numbers() => Costs(
        Groups(60_000, _ => Group("0", "0", Channel("x", "7"))),
        malformed: "number 0 stands there twice");

    [Fact]
    public void Losses_that_all_cover_everything() => Costs(
        $$"""{"v":1,"gw":"a","ep":"7q2mzk4a","s":[0,65535],"gone":[{{Many(65_536, _ => "[0,65535,\"full\"]")}}]}""",
        malformed: "number 0 stands there twice");

    [Fact]
    public void Losses_told_one_by_one() => Costs(
        $$"""{"v":1,"gw":"a","ep":"7q2mzk4a","s":[0,65535],"gone":[{{Many(65_536, i => $"[{i},{i},\"full\"]")}}]}""",
        malformed: null);

    [Fact]
    public void Record_of_a_hundred_thousand_channels() => Costs(
        Groups(1, _ => Group("0", "0", Many(100_000, i => Channel($"{i}", "7")))),
        malformed: "more than 65536 members");

    [Fact]
    public void More_values_than_a_batch_may_hold() => Costs(
        Groups(1, _ => Group(
            "0," + Many(59_999, _ => "1"), Many(60_000, _ => "0"), Many(10, i => Channel($"{i}", Many(60_000, _ => "1")))))
            .Replace("\"s\":[0,0]", "\"s\":[0,59999]", StringComparison.Ordinal),
        malformed: "more than 262144 values");

    [Fact]
    public void Small_objects_after_one_with_very_many_members() => Costs(
        "{\"v\":1,\"a\":{" + Many(65_000, i => $"\"{i}\":0") + "},\"b\":[" + Many(400_000, _ => "{\"a\":1}") + "]}",
        malformed: "s: is missing");

    [Fact]
    public void Number_of_a_million_digits() => Costs(
        Groups(1, _ => Group("0", "0", Channel("x", new string('9', 1_000_000)))),
        malformed: "finite");

    [Fact]
    public void Name_of_a_million_characters() => Costs(
        $$"""{"v":1,"gw":"{{new string('a', 1_000_000)}}","{{new string('b', 1_000_000)}}":{"c":[0]},"ep":"7q2mzk4a"}""",
        malformed: "missing");

    // Past the bounds of size, so that the worst of them need not be packed small enough.
    private static void Costs(string text, string? malformed)
    {
        var json = Encoding.UTF8.GetBytes(text);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var decoded = WireMessage.ReadBounded(json, top => new BatchReader(top).Read()).Malformed;
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.InRange(allocated, 0, AllocatedMax);
        if (malformed is null)
        {
            Assert.Null(decoded);
        }
        else
        {
            Assert.Contains(malformed, decoded, StringComparison.Ordinal);
        }
    }

    private static string Groups(int count, Func<int, string> group) =>
        $$"""{"v":1,"gw":"a","ep":"7q2mzk4a","s":[0,{{count - 1}}],"sch":"9f3c01d2","ck":{"src":"ntp","err_ms":1},"t0":0,"g":[{{Many(count, group)}}]}""";

    private static string Group(string numbers, string times, string channels) =>
        $$"""{"d":"a","st":"b","n":[{{numbers}}],"dt":[{{times}}],"c":{""" + channels + "}}";

    private static string Channel(string name, string values) =>
        $$"""
        "{{name}}":{"m":"ph","x":[{{values}}],"q":1}
        """;

    private static string Many(int count, Func<int, string> item) =>
        string.Join(',', Enumerable.Range(0, count).Select(item));
}
