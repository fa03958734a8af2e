using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Profiles;

namespace PondSentinel.Tests.Sensors.Profiles;

/// <summary>The profiles of this program. Reading a profile runs its examples, so here is only whether they are there.</summary>
public sealed class ProfileVectorTests
{
    [Fact]
    public void Every_read_of_every_profile_has_an_example_with_a_source()
    {
        Assert.NotEmpty(SensorCatalogue.Profiles);
        foreach (var profile in SensorCatalogue.Profiles)
        {
            Assert.All(
                profile.Reads, read => Assert.Contains(profile.Vectors, vector => vector.Read == read.Name));
            Assert.True(profile.Identity is null || profile.Vectors.Any(vector => vector.Read == ProfileVector.Identity));
            Assert.All(profile.Vectors, vector => Assert.NotEqual("", vector.Source));
        }
    }

    [Fact]
    public void Number_by_which_a_wrong_order_of_bytes_shows_is_read_whatever_is_wanted()
    {
        var profile = SensorCatalogue.Profiles.Single(profile => profile.Id == "boqu-bh-485-nh");
        Assert.Contains(
            profile.ReadsFor(["nh4n"]), read => read.Outputs.Any(output => output.Plausible is not null));
    }

    // What electronics say that have no number: all ones, or the least number of 16 bits.
    [Theory]
    [InlineData(0xFF, 0xFF)]
    [InlineData(0x80, 0x00)]
    public void No_probe_is_believed_whose_registers_say_that_there_is_no_number(byte high, byte low)
    {
        foreach (var profile in SensorCatalogue.Profiles)
        {
            var readings = profile.Reads.Select(read => read.Interpret(
                Enumerable.Range(0, read.Count).SelectMany(_ => new[] { high, low }).ToArray())).ToList();
            var believed = readings.Exists(reading => reading is Reading.Failed) ? [] : readings.OfType<Reading.Measured>()
                .SelectMany(reading => reading.Outputs.Where(output => output is { Measurement: not null, Fault: null })).ToList();

            Assert.True(believed.Count == 0, $"{profile.Id}: {string.Join(", ", believed)}");
        }
    }

    [Fact]
    public void Every_temperature_of_water_has_bounds_by_which_another_order_of_bytes_shows() => Assert.All(
        SensorCatalogue.Profiles.SelectMany(profile => profile.Reads).SelectMany(read => read.Outputs)
            .Where(output => output.Output.Measurand == Measurand.WaterTemperature),
        output => Assert.NotNull(output.Plausible));
}
