using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses.ModbusRtu;

namespace PondSentinel.Tests.Sensors.Profiles;

/// <summary>Runs the makers' examples in every profile through the code that reads probes.</summary>
public sealed class ProfileVectorTests
{
    public static TheoryData<string, int> Vectors
    {
        get
        {
            TheoryData<string, int> rows = [];
            foreach (var profile in SensorCatalogue.Profiles)
            {
                for (var i = 0; i < profile.Vectors.Count; i++)
                {
                    rows.Add(profile.Id, i);
                }
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Example_is_asked_and_understood_as_its_source_says(string id, int number)
    {
        var profile = SensorCatalogue.Profiles.Single(candidate => candidate.Id == id);
        var vector = profile.Vectors[number];
        var read = profile.Reads.Single(candidate => candidate.Name == vector.Read);
        var request = read.Request(vector.Request.Span[0]);

        Assert.Equal(vector.Request.ToArray(), request.Frame.ToArray());
        var finding = ModbusReply.Find(vector.Reply.Span, request);
        Assert.Equal(
            (ModbusMatch.Reply, 0, vector.Reply.Length), (finding.Match, finding.Offset, finding.Length));
        var reading = read.Interpret(vector.Reply.Span[request.ReplyHeadLength..^ModbusCrc.Length]);
        if (vector.Fault is { } fault)
        {
            Assert.Equal(fault, Assert.IsType<Reading.Failed>(reading).Fault);
            return;
        }

        var outputs = Assert.IsType<Reading.Measured>(reading).Outputs;
        Assert.Equal(
            read.Outputs.Select(output => (output.Output.Name, output.Output.Measurand, vector.Values[output.Output.Name])),
            outputs.Select(output => (output.Output, output.Measurement!.Value.Measurand, output.Measurement.Value.Value)));
        Assert.All(outputs, output => Assert.Null(output.Fault));
    }

    [Fact]
    public void Every_read_of_every_profile_has_an_example_with_a_source()
    {
        Assert.NotEmpty(SensorCatalogue.Profiles);
        foreach (var profile in SensorCatalogue.Profiles)
        {
            Assert.All(
                profile.Reads, read => Assert.Contains(profile.Vectors, vector => vector.Read == read.Name));
            Assert.All(profile.Vectors, vector => Assert.NotEqual("", vector.Source));
        }
    }
}
