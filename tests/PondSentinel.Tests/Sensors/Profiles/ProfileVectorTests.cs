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
}
